#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "server/domain/access/service_account.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/access_store.h"
#include "server/domain/ports/service_account_store.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// Machines that call as themselves. Thread-safe.
class ServiceAccounts {
 public:
  ServiceAccounts(ServiceAccountStore& store, AuditTrail& audit, const TokenLifetimes& lifetimes)
      : store_(store), audit_(audit), lifetimes_(lifetimes) {}

  // CONFLICT when the name is taken.
  absl::StatusOr<ServiceAccount> Create(const Caller& caller, std::string name,
                                        std::string description, const CallInfo& call);
  // SERVICE_ACCOUNT_UNKNOWN, for deleted ones too.
  absl::StatusOr<ServiceAccount> Get(ServiceAccountId id);
  absl::StatusOr<std::vector<ServiceAccount>> List(std::optional<ServiceAccountId> after,
                                                   int limit);

  // Disables, enables or deletes. Whatever is not active gets no token, and its tokens are refused
  // everywhere within a second. Deleted is for good; the name is free again.
  absl::Status SetStatus(const Caller& caller, ServiceAccountId id, ServiceAccountStatus status,
                         const CallInfo& call);

 private:
  ServiceAccountStore& store_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

// A key as it is made: the only moment at which its text is known.
struct MadeApiKey {
  ApiKeyRecord record;
  base::Secret text;
};

// API keys of service accounts. A key is worth what its account holds: whoever makes or
// rotates one gets to see it, and must hold all of that himself (PERMISSION_MISSING).
// Thread-safe.
class ApiKeys {
 public:
  ApiKeys(ServiceAccountStore& store, AccessStore& access, AuditTrail& audit,
          const TokenLifetimes& lifetimes)
      : store_(store), access_(access), audit_(audit), lifetimes_(lifetimes) {}

  // Of `wanted` account, name, scopes and expiry count. SERVICE_ACCOUNT_UNKNOWN,
  // TOO_MANY_API_KEYS; FIELD_INVALID for an expiry that is not in the future.
  absl::StatusOr<MadeApiKey> Create(const Caller& caller, const ApiKeyRecord& wanted,
                                    const CallInfo& call);

  absl::StatusOr<std::vector<ApiKeyRecord>> List(ServiceAccountId account,
                                                 std::optional<ApiKeyId> after, int limit);

  // A successor with the same name and scopes; the old key goes on for `overlap`. The successor
  // lives as long as the old one was made for. API_KEY_UNKNOWN when it does not work any more or
  // was rotated before.
  absl::StatusOr<MadeApiKey> Rotate(const Caller& caller, ApiKeyId id, absl::Duration overlap,
                                    const CallInfo& call);

  // At once; the account's tokens are refused everywhere within a second, and whoever holds another
  // key of it gets new ones. API_KEY_UNKNOWN when it was revoked before.
  absl::Status Revoke(const Caller& caller, ApiKeyId id, const CallInfo& call);

 private:
  // OK, or the refusal that `event` has been given to the log with.
  absl::Status MayMakeKeyOf(const Caller& caller, ServiceAccountId account, const AuditEvent& event,
                            const CallInfo& call);

  ServiceAccountStore& store_;
  AccessStore& access_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

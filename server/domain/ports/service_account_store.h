#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/access/service_account.h"
#include "server/domain/audit/audit_record.h"

namespace signet::domain {

// Service accounts and their API keys. Each change is one statement that heeds the caller's
// authority as AccessStore does (kAuthorityOutdated), and writes `audit` when it is done. Every
// call may fail with STORAGE_UNAVAILABLE or DEADLINE_EXCEEDED. Thread-safe.
class ServiceAccountStore {
 public:
  virtual ~ServiceAccountStore() = default;

  // kNameTaken.
  virtual absl::StatusOr<AccessDecision> CreateAccount(const Authority& by,
                                                       const ServiceAccount& account,
                                                       const AuditRecord& audit) = 0;
  // Nothing for a deleted one.
  virtual absl::StatusOr<std::optional<ServiceAccount>> FindAccount(ServiceAccountId id) = 0;
  // By id, which sorts by creation, after `after`, at most `limit`; deleted ones are left out.
  virtual absl::StatusOr<std::vector<ServiceAccount>> ListAccounts(
      std::optional<ServiceAccountId> after, int limit) = 0;
  // Whatever is not active loses its tokens everywhere, by the same statement. Deleted is for good:
  // kAccountUnknown from then on.
  virtual absl::StatusOr<AccessDecision> SetStatus(const Authority& by, ServiceAccountId id,
                                                   ServiceAccountStatus status, absl::Time now,
                                                   absl::Time revocation_expires_at,
                                                   const AuditRecord& audit) = 0;

  // kAccountUnknown, kTooManyKeys (more than kMostApiKeys that work).
  virtual absl::StatusOr<AccessDecision> CreateKey(const Authority& by, const ApiKeyRecord& key,
                                                   absl::string_view secret_hash,
                                                   const AuditRecord& audit) = 0;
  virtual absl::StatusOr<std::optional<ApiKeyRecord>> FindKey(ApiKeyId id) = 0;
  // Of one account, by id, after `after`, at most `limit`; revoked and expired ones, too.
  virtual absl::StatusOr<std::vector<ApiKeyRecord>> ListKeys(ServiceAccountId account,
                                                             std::optional<ApiKeyId> after,
                                                             int limit) = 0;
  // Makes `successor` with name and scopes of `old`, which ends at `overlap_until` at the latest.
  // kKeyUnknown when `old` does not work any more or was rotated before: one rotation wins.
  virtual absl::StatusOr<AccessDecision> RotateKey(const Authority& by, ApiKeyId old,
                                                   const ApiKeyRecord& successor,
                                                   absl::string_view secret_hash,
                                                   absl::Time overlap_until, absl::Time now,
                                                   const AuditRecord& audit) = 0;
  // Refuses every token of its account that was issued before. kKeyUnknown when it was revoked.
  virtual absl::StatusOr<AccessDecision> RevokeKey(const Authority& by, ApiKeyId id, absl::Time now,
                                                   absl::Time revocation_expires_at,
                                                   const AuditRecord& audit) = 0;

  // All that judges a key, in one round trip; nothing for an unknown one.
  virtual absl::StatusOr<std::optional<ApiKeyView>> ReadKey(ApiKeyId id) = 0;
};

// Where the use of a key is noted: returns at once and is written later, at most once a minute and
// key. What is noted when the process dies is lost. Thread-safe.
class ApiKeyUses {
 public:
  virtual ~ApiKeyUses() = default;
  virtual void Note(ApiKeyId id, absl::Time at) = 0;
};

}  // namespace signet::domain

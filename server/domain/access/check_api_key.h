#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/access/held_role.h"
#include "server/domain/access/service_account.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/service_account_store.h"
#include "server/domain/service_caller.h"

namespace signet::domain {

// How the check of an API key ended: closed, the label of its metric. Everything but kAccepted is
// one public answer.
enum class ApiKeyOutcome {
  kAccepted,
  kMalformed,    // not of the form of a key, or mistyped: refused without a query
  kUnknown,      // no such key
  kOtherClient,  // it works, but is not of the client that is said to call
  kWrongSecret,
  kRevoked,
  kExpired,
  kAccountInactive,  // disabled or deleted
};

struct ApiKeyDecision {
  ApiKeyOutcome outcome = ApiKeyOutcome::kMalformed;
  // Set but when kMalformed: which key was presented, genuine or not.
  std::optional<ApiKeyId> key_id;
  // Set exactly when kAccepted.
  std::optional<ServiceCaller> caller;
  std::string client_id;            // name of the account
  std::vector<std::string> scopes;  // the most that a token may have
  Access access;                    // what the account holds now
  absl::Time until;                 // no token got with the key lives longer
  absl::Time not_before;            // of the account: tokens are dated at or after it
};

class CredentialObserver;

// Judges an API key at the cost of one round trip, and notes its use. A status other than
// OK means that nothing was decided. Thread-safe.
class CheckApiKey {
 public:
  // All outlive it.
  CheckApiKey(ServiceAccountStore& store, ApiKeyUses& uses, CredentialObserver& observer)
      : store_(store), uses_(uses), observer_(observer) {}

  // `client_id`: who is said to call, where the protocol has it (RFC 6749 section 2.3): the
  // account's name or the key's id. Empty: nobody is named.
  absl::StatusOr<ApiKeyDecision> Run(absl::string_view api_key, const CallInfo& call,
                                     absl::string_view client_id = "");

 private:
  absl::StatusOr<ApiKeyDecision> Decide(absl::string_view api_key, const CallInfo& call,
                                        absl::string_view client_id);

  ServiceAccountStore& store_;
  ApiKeyUses& uses_;
  CredentialObserver& observer_;
};

}  // namespace signet::domain

#include "server/rpc/api_key_authenticator.h"

#include <optional>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/rpc/basic_credentials.h"

namespace signet::rpc {

using observe::BasicResult;

base::Secret ApiKeyAuthenticator::TakeKey(absl::string_view authorization) {
  if (state_ == Switch::kOff) {
    metrics_.basic.Add(BasicResult::kSwitchedOff);
    return base::Secret();
  }
  std::optional<base::Secret> key = ApiKeyOf(authorization);
  if (key) return *std::move(key);
  metrics_.basic.Add(BasicResult::kRefused);
  return base::Secret();
}

void ApiKeyAuthenticator::Count(domain::ApiKeyOutcome outcome) {
  metrics_.basic.Add(outcome == domain::ApiKeyOutcome::kAccepted ? BasicResult::kAccepted
                                                                 : BasicResult::kRefused);
}

absl::StatusOr<domain::ServiceCaller> ApiKeyAuthenticator::Authenticate(
    absl::string_view authorization, const domain::CallInfo& call) {
  const absl::Status refused = base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                                               "the Basic credentials are not accepted");
  const base::Secret key = TakeKey(authorization);
  if (key.empty()) return refused;
  SIGNET_ASSIGN_OR_RETURN(domain::ApiKeyDecision decision, check_.Run(key.reveal(), call));
  Count(decision.outcome);
  if (!decision.caller) return refused;
  return *std::move(decision.caller);
}

}  // namespace signet::rpc

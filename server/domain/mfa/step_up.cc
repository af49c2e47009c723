#include "server/domain/mfa/step_up.h"

#include <algorithm>
#include <optional>

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

absl::Status CredentialsInvalid() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "CREDENTIALS_INVALID",
                         "the credentials are not valid");
}

}  // namespace

absl::StatusOr<SteppedUp> StepUp::Run(const Caller& caller, const StepUpCommand& command,
                                      const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const base::Secret password,
                          policy_.Normalise("password", command.password));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<LoginRecord> account,
                          accounts_.FindById(caller.user_id()));
  if (!account || account->status != AccountStatus::kActive) return CredentialsInvalid();
  SIGNET_ASSIGN_OR_RETURN(const PasswordHasher::Check check,
                          hasher_.Verify(password, account->password_hash, call.deadline));
  if (!check.matches) return CredentialsInvalid();

  Reauthentication again;
  again.user_id = caller.user_id();
  again.session_id = caller.session_id();
  again.password_version = account->password_version;
  again.acr = kAcrPassword;
  again.amr = {"pwd"};
  again.now = call.now;
  SIGNET_ASSIGN_OR_RETURN(const std::optional<SessionGrant> grant, sessions_.Reauthenticate(again));
  if (!grant) {
    return base::MakeError(absl::StatusCode::kUnauthenticated, "SESSION_ENDED",
                           "the session has ended; log in again");
  }
  SteppedUp answer;
  SIGNET_ASSIGN_OR_RETURN(answer.access_token,
                          IssueAccessToken(issuer_, *grant, lifetimes_, call.now));
  answer.expires_in = std::min(lifetimes_.access,
                               absl::Floor(grant->lineage_expires_at - call.now, absl::Seconds(1)));
  answer.acr = grant->acr;
  return answer;
}

}  // namespace signet::domain

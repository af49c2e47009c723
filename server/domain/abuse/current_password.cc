#include "server/domain/abuse/current_password.h"

#include <optional>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

absl::Status CredentialsInvalid() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "CREDENTIALS_INVALID",
                         "the credentials are not valid");
}

}  // namespace

absl::StatusOr<LoginRecord> CurrentPassword::Check(const Caller& caller,
                                                   const base::Secret& password, AuditEvent event,
                                                   const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(hasher_.CheckRoom(call.deadline));
  SIGNET_ASSIGN_OR_RETURN(LoginGate::Attempt attempt, gate_.EnterAgain(caller, call));
  const std::optional<LoginRecord>& account = attempt.account();
  if (!account || account->status != AccountStatus::kActive) {
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "ACCOUNT_DISABLED"));
    return CredentialsInvalid();
  }
  SIGNET_ASSIGN_OR_RETURN(const PasswordHasher::Check check,
                          hasher_.Verify(password, account->password_hash, call.deadline));
  if (!check.matches) {
    event.outcome = AuditOutcome::kRefused;
    event.reason = "WRONG_PASSWORD";
    SIGNET_RETURN_IF_ERROR(attempt.Fail(password, audit_.Record(std::move(event)), call));
    return CredentialsInvalid();
  }
  SIGNET_RETURN_IF_ERROR(attempt.Succeed());
  return *account;
}

}  // namespace signet::domain

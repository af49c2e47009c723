#include "server/rpc/services/login_call.h"

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::rpc {
namespace {

observe::LoginResult LabelOf(domain::LoginOutcome outcome) {
  switch (outcome) {
    case domain::LoginOutcome::kSucceeded:
      return observe::LoginResult::kSucceeded;
    case domain::LoginOutcome::kUnknownAccount:
      return observe::LoginResult::kUnknownAccount;
    case domain::LoginOutcome::kWrongPassword:
      return observe::LoginResult::kWrongPassword;
    case domain::LoginOutcome::kAccountDisabled:
      return observe::LoginResult::kAccountDisabled;
    case domain::LoginOutcome::kRaced:
      return observe::LoginResult::kRaced;
    case domain::LoginOutcome::kEmailNotVerified:
      return observe::LoginResult::kEmailNotVerified;
    case domain::LoginOutcome::kLocked:
      return observe::LoginResult::kLocked;
    case domain::LoginOutcome::kMfaRequired:
      return observe::LoginResult::kMfaRequired;
    case domain::LoginOutcome::kSessionTokensOff:
      return observe::LoginResult::kSessionTokensOff;
  }
  return observe::LoginResult::kUnknownAccount;
}

// One answer for every way to fail: it must not tell whether the account exists.
absl::Status CredentialsInvalid() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "CREDENTIALS_INVALID",
                         "e-mail or password is wrong");
}

// Whoever hears this has shown the right password: it tells them nothing that is not theirs.
absl::Status EmailNotVerified() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "EMAIL_NOT_VERIFIED",
                         "verify your address first, with the link of the welcome mail");
}

// Neither does this.
absl::Status SessionTokensOff() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "SESSION_TOKENS_OFF",
                         "no session token is given to this user any more: log in for tokens "
                         "(AuthService.Login), or accept them (accept_tokens)");
}

}  // namespace

absl::StatusOr<domain::LoginDecision> RunLogin(const LoginUses& uses,
                                               const domain::LoginCommand& command,
                                               const domain::CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(uses.rates.Take(domain::LimitedAction::kLogin, domain::LimitScope::kClient,
                                         command.client_id, call.now));
  SIGNET_ASSIGN_OR_RETURN(domain::LoginDecision decision, uses.login.Run(command, call));
  uses.metrics.logins.Add(LabelOf(decision.outcome));
  if (decision.outcome == domain::LoginOutcome::kEmailNotVerified) return EmailNotVerified();
  if (decision.outcome == domain::LoginOutcome::kSessionTokensOff) return SessionTokensOff();
  if (!decision.tokens && !decision.session && !decision.challenge) return CredentialsInvalid();
  return decision;
}

}  // namespace signet::rpc

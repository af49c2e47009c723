#include "server/domain/mfa/step_up.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/mfa/refusal_event.h"

namespace signet::domain {
// An answer of an account without a factor is not looked at: there is nothing to compare it with.
absl::StatusOr<std::optional<FactorProof>> StepUp::Prove(const LoginRecord& account,
                                                         const StepUpCommand& command,
                                                         const CallInfo& call) {
  if (!account.second_factor) return std::optional<FactorProof>();
  if (!command.answer) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "MFA_REQUIRED",
                           "the second factor is needed too");
  }
  SIGNET_ASSIGN_OR_RETURN(FactorDecision factor,
                          prove_.Run(account.user_id, *command.answer, call.now));
  if (factor.outcome != FactorOutcome::kProved) return FactorRefusal(factor);
  return std::optional<FactorProof>(std::move(factor.proof));
}

absl::StatusOr<SteppedUp> StepUp::Run(const Caller& caller, const StepUpCommand& command,
                                      const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const base::Secret password,
                          policy_.Normalise("password", command.password));
  AuditEvent event = AuditEventOf(AuditAction::kStepUp, caller, call);
  SIGNET_ASSIGN_OR_RETURN(const LoginRecord account, current_.Check(caller, password, event, call));
  const AuditRecord record = audit_.Record(event);
  return AuditedRefusal(audit_, std::move(event), Decide(caller, account, command, record, call));
}

absl::StatusOr<SteppedUp> StepUp::Decide(const Caller& caller, const LoginRecord& account,
                                         const StepUpCommand& command, const AuditRecord& audit,
                                         const CallInfo& call) {
  Reauthentication again;
  again.user_id = caller.user_id();
  again.session_id = caller.session_id();
  again.password_version = account.password_version;
  again.now = call.now;
  SIGNET_ASSIGN_OR_RETURN(again.factor, Prove(account, command, call));
  again.acr = again.factor ? kAcrSecondFactor : kAcrPassword;
  again.amr = again.factor ? AmrOfSecondFactor() : std::vector<std::string>{"pwd"};
  SIGNET_ASSIGN_OR_RETURN(const std::optional<SessionGrant> grant,
                          sessions_.Reauthenticate(again, audit));
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

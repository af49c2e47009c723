#include "server/domain/accounts/change_password.h"

#include <string>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/mail/mailed_token.h"

namespace signet::domain {

absl::Status ChangePassword::Run(const Caller& caller, const ChangePasswordCommand& command,
                                 const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const base::Secret current,
                          policy_.Normalise("current_password", command.current_password));
  SIGNET_ASSIGN_OR_RETURN(const base::Secret chosen,
                          policy_.Normalise("new_password", command.new_password));
  AuditEvent event = AuditEventOf(AuditAction::kChangePassword, caller, call);
  SIGNET_ASSIGN_OR_RETURN(const LoginRecord account, current_.Check(caller, current, event, call));
  SIGNET_RETURN_IF_ERROR(policy_.CheckStrength("new_password", chosen, account.email));
  SIGNET_ASSIGN_OR_RETURN(const std::string hash, hasher_.Hash(chosen, call.deadline));
  const MailRow told = mails_.Seal(
      Notice(MailKind::kPasswordChanged, account.user_id, account.email, call), call.now);
  SIGNET_ASSIGN_OR_RETURN(
      const bool changed,
      accounts_.ChangePassword(caller.user_id(), account.password_version, hash,
                               caller.session_id(), call.now, lifetimes_.RevocationExpiry(call.now),
                               told, audit_.Record(event)));
  if (changed) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "CONFLICT"));
  return base::MakeError(absl::StatusCode::kAborted, "CONFLICT",
                         "the password was changed by another call; try again");
}

}  // namespace signet::domain

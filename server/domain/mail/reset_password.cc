#include "server/domain/mail/reset_password.h"

#include <optional>
#include <utility>

#include "client/base/status_macros.h"

namespace signet::domain {

absl::Status RequestPasswordReset::Run(absl::string_view email, const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(RequireMail(mails_));
  SIGNET_ASSIGN_OR_RETURN(const Email typed, ParseEmail("email", email));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<LoginRecord> account,
                          accounts_.FindByEmail(typed.canonical));
  Recipient recipient = Nobody(typed);
  AuditEvent event = AuditEventOf(AuditAction::kRequestPasswordReset, call);
  if (account && account->status == AccountStatus::kActive) {
    // To the address that the account has, not to the spelling that was typed: a look-alike of it
    // may be somebody else's mailbox.
    recipient = {account->user_id, account->email, MailKind::kPasswordReset};
    event.subject = account->user_id;
  } else {
    event.identifier = typed.canonical;
  }
  return tokens_
      .Issue(MakeMailedToken(mails_, recipient, EmailTokenPurpose::kPasswordReset, rules_, call),
             audit_.Record(std::move(event)))
      .status();
}

absl::Status ConfirmPasswordReset::Run(const ConfirmPasswordResetCommand& command,
                                       const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const base::Secret chosen,
                          policy_.Normalise("new_password", command.new_password));
  const std::optional<EmailToken> token = EmailToken::Parse(command.token.reveal());
  AuditEvent event = AuditEventOf(AuditAction::kResetPassword, call);
  if (!token || token->purpose != EmailTokenPurpose::kPasswordReset) {
    return RefuseEmailToken(audit_, std::move(event));
  }
  const PresentedEmailToken presented = token->ToPresented();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> email,
                          tokens_.FindOwner(presented, call.now));
  if (!email) return RefuseEmailToken(audit_, std::move(event));
  SIGNET_RETURN_IF_ERROR(policy_.CheckStrength("new_password", chosen, *email));
  SIGNET_ASSIGN_OR_RETURN(const std::string hash, hasher_.Hash(chosen, call.deadline));

  // As LogoutAll: `iat` has whole seconds, and the next full one refuses every token up to now.
  const absl::Time not_before = absl::FromUnixSeconds(absl::ToUnixSeconds(call.now) + 1);
  const MailRow told =
      mails_.Seal(Notice(MailKind::kPasswordChanged, token->user_id, *email, call), call.now);
  AuditEvent done = event;
  done.subject = token->user_id;
  SIGNET_ASSIGN_OR_RETURN(const bool reset,
                          tokens_.ResetPassword(presented, hash, call.now, not_before,
                                                lifetimes_.RevocationExpiry(call.now), told,
                                                audit_.Record(std::move(done))));
  return reset ? absl::OkStatus() : RefuseEmailToken(audit_, std::move(event));
}

}  // namespace signet::domain

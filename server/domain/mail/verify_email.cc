#include "server/domain/mail/verify_email.h"

#include <optional>
#include <utility>

#include "client/base/status_macros.h"

namespace signet::domain {

absl::Status VerifyEmail::Run(absl::string_view token, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kVerifyEmail, call);
  const std::optional<EmailToken> parsed = EmailToken::Parse(token);
  if (!parsed || parsed->purpose != EmailTokenPurpose::kVerifyEmail) {
    return RefuseEmailToken(audit_, std::move(event));
  }
  AuditEvent done = event;
  done.subject = parsed->user_id;
  SIGNET_ASSIGN_OR_RETURN(const bool verified, tokens_.VerifyEmail(parsed->ToPresented(), call.now,
                                                                   audit_.Record(std::move(done))));
  return verified ? absl::OkStatus() : RefuseEmailToken(audit_, std::move(event));
}

absl::Status ResendVerification::Run(absl::string_view email, const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(RequireMail(mails_));
  SIGNET_ASSIGN_OR_RETURN(const Email typed, ParseEmail("email", email));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<LoginRecord> account,
                          accounts_.FindByEmail(typed.canonical));
  Recipient recipient = Nobody(typed);
  AuditEvent event = AuditEventOf(AuditAction::kResendVerification, call);
  if (account && account->status == AccountStatus::kActive && !account->email_verified) {
    recipient = {account->user_id, account->email, MailKind::kVerifyEmail};
    event.subject = account->user_id;
  } else {
    event.identifier = typed.canonical;
  }
  return tokens_
      .Issue(MakeMailedToken(mails_, recipient, EmailTokenPurpose::kVerifyEmail, rules_, call),
             audit_.Record(std::move(event)))
      .status();
}

}  // namespace signet::domain

#include "server/domain/mail/mailed_token.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/crypto/digest.h"

namespace signet::domain {

Recipient Nobody(const Email& typed) {
  const auto digest = crypto::Sha256(absl::StrCat("signet nobody v1\n", typed.canonical));
  return {*base::UserId::FromBytes(crypto::DigestView(digest).substr(0, 16)), typed.display,
          MailKind::kNobody};
}

NewEmailToken MakeMailedToken(const MailSealer& mails, const Recipient& recipient,
                              EmailTokenPurpose purpose, const EmailTokenRules& rules,
                              const CallInfo& call) {
  const EmailToken token = EmailToken::New(recipient.user_id, purpose);
  NewEmailToken made;
  made.token = token.ToPresented();
  made.issued_at = call.now;
  made.expires_at = call.now + rules.life;
  made.last_issued_by = call.now - rules.interval;
  OutgoingMail mail = Notice(recipient.kind, recipient.user_id, recipient.address, call);
  mail.token = token.Encode();
  mail.until = made.expires_at;
  made.mail = mails.Seal(mail, call.now);
  return made;
}

absl::Status RequireMail(const MailSealer& mails) {
  if (mails.configured()) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "MAIL_NOT_CONFIGURED",
                         "this server sends no mail");
}

absl::Status EmailTokenInvalid() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "EMAIL_TOKEN_INVALID",
                         "this link does not work, or no longer; ask for a new one");
}

absl::Status RefuseEmailToken(AuditTrail& audit, AuditEvent event) {
  SIGNET_RETURN_IF_ERROR(audit.Refuse(std::move(event), "EMAIL_TOKEN_INVALID"));
  return EmailTokenInvalid();
}

OutgoingMail Notice(MailKind kind, base::UserId user, std::string address, const CallInfo& call) {
  OutgoingMail mail;
  mail.kind = kind;
  mail.user_id = user;
  mail.address = std::move(address);
  mail.at = call.now;
  mail.network_address = call.peer.address.empty() ? "an unknown address" : call.peer.address;
  return mail;
}

}  // namespace signet::domain

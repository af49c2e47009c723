#include "server/domain/mail/change_email.h"

#include <optional>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

absl::Status TooSoon(absl::Duration interval) {
  return base::WithRetryAfter(base::MakeError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
                                              "a change of the address was asked for a moment ago"),
                              interval);
}

OutgoingMail Ask(MailKind kind, const EmailToken& token, const LoginRecord& account,
                 const Email& chosen, absl::Time until, const CallInfo& call) {
  const bool to_new = kind == MailKind::kEmailChangeNew;
  OutgoingMail mail = Notice(kind, account.user_id, to_new ? chosen.display : account.email, call);
  mail.token = token.Encode();
  mail.new_email = chosen.display;
  mail.until = until;
  return mail;
}

}  // namespace

absl::Status RequestEmailChange::Run(const Caller& caller, const RequestEmailChangeCommand& command,
                                     const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(RequireMail(mails_));
  SIGNET_ASSIGN_OR_RETURN(const base::Secret current,
                          policy_.Normalise("current_password", command.current_password));
  SIGNET_ASSIGN_OR_RETURN(const Email chosen, ParseEmail("new_email", command.new_email));
  AuditEvent event = AuditEventOf(AuditAction::kRequestEmailChange, caller, call);
  SIGNET_ASSIGN_OR_RETURN(const LoginRecord account, current_.Check(caller, current, event, call));
  SIGNET_ASSIGN_OR_RETURN(const Email present, ParseEmail("email", account.email));
  if (present.canonical == chosen.canonical) {
    return base::FieldError("new_email", "is the address of this account already");
  }

  const EmailToken to_old = EmailToken::New(account.user_id, EmailTokenPurpose::kEmailChangeOld);
  const EmailToken to_new = EmailToken::New(account.user_id, EmailTokenPurpose::kEmailChangeNew);
  NewEmailChange change;
  change.user_id = account.user_id;
  change.session_id = caller.session_id();
  change.new_email = chosen.display;
  change.new_canonical = chosen.canonical;
  change.old_hash = to_old.SecretHash();
  change.new_hash = to_new.SecretHash();
  change.requested_at = call.now;
  change.expires_at = call.now + rules_.life;
  change.last_requested_by = call.now - rules_.interval;
  change.to_old = mails_.Seal(
      Ask(MailKind::kEmailChangeOld, to_old, account, chosen, change.expires_at, call), call.now);
  change.to_new = mails_.Seal(
      Ask(MailKind::kEmailChangeNew, to_new, account, chosen, change.expires_at, call), call.now);
  SIGNET_ASSIGN_OR_RETURN(const bool requested,
                          tokens_.RequestEmailChange(change, audit_.Record(event)));
  if (requested) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "RATE_LIMITED"));
  return TooSoon(rules_.interval);
}

absl::StatusOr<bool> ConfirmEmailChange::Run(absl::string_view token, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kConfirmEmailChange, call);
  const std::optional<EmailToken> parsed = EmailToken::Parse(token);
  if (!parsed || (parsed->purpose != EmailTokenPurpose::kEmailChangeOld &&
                  parsed->purpose != EmailTokenPurpose::kEmailChangeNew)) {
    return RefuseEmailToken(audit_, std::move(event));
  }
  const PresentedEmailToken presented = parsed->ToPresented();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<PendingEmailChange> pending,
                          tokens_.FindEmailChange(presented, call.now));
  if (!pending) return RefuseEmailToken(audit_, std::move(event));
  AuditEvent done = event;
  done.subject = parsed->user_id;
  OutgoingMail told = Notice(MailKind::kEmailChanged, parsed->user_id, pending->old_email, call);
  told.new_email = pending->new_email;
  SIGNET_ASSIGN_OR_RETURN(
      const EmailChangeStep step,
      tokens_.ConfirmEmailChange(presented, call.now, lifetimes_.RevocationExpiry(call.now),
                                 mails_.Seal(told, call.now), audit_.Record(std::move(done))));
  switch (step) {
    case EmailChangeStep::kHalf:
      return false;
    case EmailChangeStep::kChanged:
      return true;
    case EmailChangeStep::kTaken:
      event.subject = parsed->user_id;
      SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "CONFLICT"));
      return base::MakeError(absl::StatusCode::kAborted, "CONFLICT",
                             "the address can no longer be taken; ask for the change again");
    case EmailChangeStep::kRefused:
      break;
  }
  return RefuseEmailToken(audit_, std::move(event));
}

}  // namespace signet::domain

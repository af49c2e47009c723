#include "server/domain/accounts/register_account.h"

#include <utility>

#include "client/base/status_macros.h"
#include "server/domain/accounts/email.h"

namespace signet::domain {

absl::Status RegisterAccount::Run(const RegisterCommand& command, const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const Email email, ParseEmail("email", command.email));
  SIGNET_ASSIGN_OR_RETURN(const base::Secret password,
                          policy_.Normalise("password", command.password));
  SIGNET_RETURN_IF_ERROR(policy_.CheckStrength("password", password, email.canonical));

  NewAccount account;
  account.user_id = base::UserId::New(call.now);
  account.email = email.display;
  account.canonical_email = email.canonical;
  account.created_at = call.now;
  SIGNET_ASSIGN_OR_RETURN(account.password_hash, hasher_.Hash(password, call.deadline));
  if (mails_.configured()) {
    // Both are made either way: which one is written, the statement decides.
    const NewEmailToken token =
        MakeMailedToken(mails_, {account.user_id, email.display, MailKind::kWelcome},
                        EmailTokenPurpose::kVerifyEmail, rules_, call);
    account.verification_hash = token.token.secret_hash;
    account.verification_expires_at = token.expires_at;
    account.welcome = token.mail;
    account.attempt = mails_.Seal(
        Notice(MailKind::kRegisterAttempt, account.user_id, email.display, call), call.now);
  }
  // Whether the address was free stays between us and the store.
  AuditEvent made = AuditEventOf(AuditAction::kRegister, call);
  made.subject = account.user_id;
  AuditEvent taken = AuditEventOf(AuditAction::kRegister, call);
  taken.outcome = AuditOutcome::kRefused;
  taken.reason = "ADDRESS_TAKEN";
  taken.identifier = email.canonical;
  return accounts_.Insert(account, audit_.Record(std::move(made)), audit_.Record(std::move(taken)))
      .status();
}

}  // namespace signet::domain

#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/call_info.h"
#include "server/domain/mail/mailed_token.h"
#include "server/domain/ports/account_store.h"
#include "server/domain/ports/password_hasher.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// Sends a link with which the password can be chosen anew. OK for any address, at the cost
// of the same two statements; the mail leaves later, away from the call. A second request within
// the interval is answered alike and sends nothing. MAIL_NOT_CONFIGURED. Thread-safe.
class RequestPasswordReset {
 public:
  RequestPasswordReset(AccountStore& accounts, EmailTokenStore& tokens, const MailSealer& mails,
                       AuditTrail& audit, const EmailTokenRules& rules)
      : accounts_(accounts), tokens_(tokens), mails_(mails), audit_(audit), rules_(rules) {}

  absl::Status Run(absl::string_view email, const CallInfo& call);

 private:
  AccountStore& accounts_;
  EmailTokenStore& tokens_;
  const MailSealer& mails_;
  AuditTrail& audit_;
  const EmailTokenRules rules_;
};

struct ConfirmPasswordResetCommand {
  base::Secret token;
  base::Secret new_password;
};

// Replaces the password for whoever holds a live token, and ends every session.
// EMAIL_TOKEN_INVALID, or FIELD_INVALID for a password that may not be chosen, which leaves the
// token usable. Nothing is hashed for a token that is not live: hashing is dear. Of two calls with
// one token exactly one succeeds. Thread-safe.
class ConfirmPasswordReset {
 public:
  ConfirmPasswordReset(EmailTokenStore& tokens, PasswordHasher& hasher,
                       const PasswordPolicy& policy, const MailSealer& mails, AuditTrail& audit,
                       const TokenLifetimes& lifetimes)
      : tokens_(tokens),
        hasher_(hasher),
        policy_(policy),
        mails_(mails),
        audit_(audit),
        lifetimes_(lifetimes) {}

  absl::Status Run(const ConfirmPasswordResetCommand& command, const CallInfo& call);

 private:
  EmailTokenStore& tokens_;
  PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  const MailSealer& mails_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

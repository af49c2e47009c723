#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/domain/call_info.h"
#include "server/domain/mail/mailed_token.h"
#include "server/domain/ports/account_store.h"

namespace signet::domain {

// Counts an address as its account's once a token that was sent there comes back. One
// statement. EMAIL_TOKEN_INVALID otherwise. Thread-safe.
class VerifyEmail {
 public:
  VerifyEmail(EmailTokenStore& tokens, AuditTrail& audit) : tokens_(tokens), audit_(audit) {}

  absl::Status Run(absl::string_view token, const CallInfo& call);

 private:
  EmailTokenStore& tokens_;
  AuditTrail& audit_;
};

// Sends the verification link again, in place of the earlier one. OK for any address, at
// the cost of the same two statements: whether it has an account, and whether that is verified,
// stays between us and the store. MAIL_NOT_CONFIGURED. Thread-safe.
class ResendVerification {
 public:
  ResendVerification(AccountStore& accounts, EmailTokenStore& tokens, const MailSealer& mails,
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

}  // namespace signet::domain

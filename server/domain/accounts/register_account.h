#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/base/secret.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/mail/mailed_token.h"
#include "server/domain/ports/account_store.h"
#include "server/domain/ports/password_hasher.h"

namespace signet::domain {

struct RegisterCommand {
  std::string email;
  base::Secret password;
};

// Makes an account and sends a welcome mail with a link that verifies the address.
// OK whether or not the address was free: nobody learns who has an account, and both cost one hash
// and one statement, which writes. The owner of a taken address is told by mail. Thread-safe.
class RegisterAccount {
 public:
  RegisterAccount(AccountStore& accounts, PasswordHasher& hasher, const PasswordPolicy& policy,
                  const MailSealer& mails, const EmailTokenRules& rules, const AuditTrail& audit)
      : accounts_(accounts),
        hasher_(hasher),
        policy_(policy),
        mails_(mails),
        rules_(rules),
        audit_(audit) {}

  absl::Status Run(const RegisterCommand& command, const CallInfo& call);

 private:
  AccountStore& accounts_;
  PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  const MailSealer& mails_;
  const EmailTokenRules rules_;
  const AuditTrail& audit_;
};

}  // namespace signet::domain

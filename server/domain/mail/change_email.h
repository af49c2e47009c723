#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/abuse/current_password.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/mail/mailed_token.h"
#include "server/domain/ports/account_store.h"
#include "server/domain/ports/password_hasher.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

struct RequestEmailChangeCommand {
  std::string new_email;
  base::Secret current_password;
};

// Asks both addresses to confirm that the account is to have another one. OK whether or not
// the new address has an account of its own, which gets no mail: a caller cannot find out who has
// one. CREDENTIALS_INVALID (the current password is wrong), FIELD_INVALID (a spelling of the
// present address, too: look-alikes are one account), RATE_LIMITED with a time to retry (the last
// request is younger than the interval), MAIL_NOT_CONFIGURED. Thread-safe.
class RequestEmailChange {
 public:
  RequestEmailChange(CurrentPassword& current, EmailTokenStore& tokens,
                     const PasswordPolicy& policy, const MailSealer& mails, AuditTrail& audit,
                     const EmailTokenRules& rules)
      : current_(current),
        tokens_(tokens),
        policy_(policy),
        mails_(mails),
        audit_(audit),
        rules_(rules) {}

  absl::Status Run(const Caller& caller, const RequestEmailChangeCommand& command,
                   const CallInfo& call);

 private:
  CurrentPassword& current_;
  EmailTokenStore& tokens_;
  const PasswordPolicy& policy_;
  const MailSealer& mails_;
  AuditTrail& audit_;
  const EmailTokenRules rules_;
};

// One of the two confirmations. True: the address has changed, the former one is told, and
// every session but the one that asked has ended. False: the other address has to confirm too.
// EMAIL_TOKEN_INVALID; ABORTED (CONFLICT) when another account got the address meanwhile.
// Thread-safe.
class ConfirmEmailChange {
 public:
  ConfirmEmailChange(EmailTokenStore& tokens, const MailSealer& mails, AuditTrail& audit,
                     const TokenLifetimes& lifetimes)
      : tokens_(tokens), mails_(mails), audit_(audit), lifetimes_(lifetimes) {}

  absl::StatusOr<bool> Run(absl::string_view token, const CallInfo& call);

 private:
  EmailTokenStore& tokens_;
  const MailSealer& mails_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

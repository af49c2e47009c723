#pragma once

#include "absl/status/status.h"
#include "client/base/secret.h"
#include "server/domain/abuse/current_password.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/account_store.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/ports/password_hasher.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

struct ChangePasswordCommand {
  base::Secret current_password;
  base::Secret new_password;
};

// Replaces the caller's password, ends every other session, and tells by mail.
// Refusals of CurrentPassword::Check(); ABORTED (CONFLICT) when another change was first.
// Thread-safe.
class ChangePassword {
 public:
  ChangePassword(CurrentPassword& current, AccountStore& accounts, PasswordHasher& hasher,
                 const PasswordPolicy& policy, const MailSealer& mails, AuditTrail& audit,
                 const TokenLifetimes& lifetimes)
      : current_(current),
        accounts_(accounts),
        hasher_(hasher),
        policy_(policy),
        mails_(mails),
        audit_(audit),
        lifetimes_(lifetimes) {}

  absl::Status Run(const Caller& caller, const ChangePasswordCommand& command,
                   const CallInfo& call);

 private:
  CurrentPassword& current_;
  AccountStore& accounts_;
  PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  const MailSealer& mails_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

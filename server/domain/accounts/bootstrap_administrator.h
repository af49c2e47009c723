#pragma once

#include "absl/status/statusor.h"
#include "client/base/ids.h"
#include "server/domain/accounts/register_account.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/account_store.h"
#include "server/domain/ports/password_hasher.h"

namespace signet::domain {

// Makes the first administrator, from the command line of the server alone. Exactly one
// even when two processes race; ALREADY_EXISTS once there is any administrator or when the address
// has an account. Thread-safe.
class BootstrapAdministrator {
 public:
  BootstrapAdministrator(AccountStore& accounts, PasswordHasher& hasher,
                         const PasswordPolicy& policy, const AuditRecorder& audit)
      : accounts_(accounts), hasher_(hasher), policy_(policy), audit_(audit) {}

  absl::StatusOr<base::UserId> Run(const RegisterCommand& command, const CallInfo& call);

 private:
  AccountStore& accounts_;
  PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  const AuditRecorder& audit_;
};

}  // namespace signet::domain

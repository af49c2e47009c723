#include "server/domain/accounts/bootstrap_administrator.h"

#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/accounts/email.h"
#include "server/domain/permissions.h"

namespace signet::domain {

absl::StatusOr<base::UserId> BootstrapAdministrator::Run(const RegisterCommand& command,
                                                         const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const Email email, ParseEmail("email", command.email));
  SIGNET_ASSIGN_OR_RETURN(const base::Secret password,
                          policy_.Normalise("password", command.password));
  SIGNET_RETURN_IF_ERROR(policy_.CheckStrength("password", password, email.canonical));

  NewAccount account;
  account.user_id = base::UserId::New(call.now);
  account.email = email.display;
  account.canonical_email = email.canonical;
  account.roles = {std::string(kRoleAdmin)};
  account.created_at = call.now;
  SIGNET_ASSIGN_OR_RETURN(account.password_hash, hasher_.Hash(password, call.deadline));
  AuditEvent event = AuditEventOf(AuditAction::kBootstrapAdministrator, call);
  event.actor.kind = AuditActor::Kind::kOperator;
  event.subject = account.user_id;
  SIGNET_ASSIGN_OR_RETURN(const bool made, accounts_.InsertFirstAdministrator(
                                               account, audit_.Record(std::move(event))));
  if (!made) {
    return base::MakeError(absl::StatusCode::kAlreadyExists, "CONFLICT",
                           "there is an administrator already, or the address has an account");
  }
  return account.user_id;
}

}  // namespace signet::domain

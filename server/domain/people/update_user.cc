#include "server/domain/people/update_user.h"

#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/accounts/email.h"
#include "server/domain/people/read_users.h"
#include "server/domain/permissions.h"

namespace signet::domain {
namespace {

// Which fields, never their values: those are personal.
std::string NamesOf(const UpdateUserCommand& command) {
  std::string names = command.display_name ? "display_name" : "";
  if (command.email) names += names.empty() ? "email" : ",email";
  return names;
}

}  // namespace

absl::StatusOr<User> UpdateUser::Run(const Caller& caller, const UpdateUserCommand& command,
                                     const CallInfo& call) {
  const base::UserId id = command.id.value_or(caller.user_id());
  AuditEvent event = AuditEventOf(AuditAction::kUpdateUser, caller, id, call);
  event.target = NamesOf(command);
  const absl::Status permitted = id != caller.user_id() || command.email
                                     ? caller.Require(kPermissionUsersManage)
                                     : absl::OkStatus();
  if (!permitted.ok()) {
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "PERMISSION_MISSING"));
    return permitted;
  }
  UserChange change;
  change.display_name = command.display_name;
  if (command.email) {
    SIGNET_ASSIGN_OR_RETURN(Email email, ParseEmail("user.email", *command.email));
    change.email = std::move(email.display);
    change.canonical_email = std::move(email.canonical);
  }
  SIGNET_ASSIGN_OR_RETURN(UserUpdate update,
                          users_.Update(id, change, call.now, audit_.Record(event)));
  switch (update.outcome) {
    case UserUpdate::Outcome::kUnknown:
      SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "USER_UNKNOWN"));
      return UserUnknown();
    case UserUpdate::Outcome::kEmailTaken:
      SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "EMAIL_TAKEN"));
      return base::MakeError(absl::StatusCode::kAlreadyExists, "CONFLICT",
                             "the address has another account");
    case UserUpdate::Outcome::kChanged:
      break;
  }
  return std::move(update.user);
}

}  // namespace signet::domain

#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/people/user.h"
#include "server/domain/ports/user_store.h"

namespace signet::domain {

struct UpdateUserCommand {
  std::optional<base::UserId> id;           // nothing: the caller
  std::optional<std::string> display_name;  // at most 200 bytes; empty takes it away
  std::optional<std::string> email;
};

// Changes what the command names of one person, and nothing else: neither roles nor status nor
// anything that says what somebody may do can be set here.
//
// Everybody may change his own display name. Another's, and any e-mail address, needs
// kPermissionUsersManage: a person's own change of address has to be confirmed at both addresses,
// and this does not ask for that. Sessions stay. USER_UNKNOWN (deleted accounts too);
// FIELD_INVALID; CONFLICT (ALREADY_EXISTS): the address has another account. Thread-safe.
class UpdateUser {
 public:
  UpdateUser(UserStore& users, AuditTrail& audit) : users_(users), audit_(audit) {}

  absl::StatusOr<User> Run(const Caller& caller, const UpdateUserCommand& command,
                           const CallInfo& call);

 private:
  UserStore& users_;
  AuditTrail& audit_;
};

}  // namespace signet::domain

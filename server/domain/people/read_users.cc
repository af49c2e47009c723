#include "server/domain/people/read_users.h"

#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/accounts/email.h"
#include "server/domain/permissions.h"

namespace signet::domain {

absl::Status UserUnknown() {
  return base::MakeError(absl::StatusCode::kNotFound, "USER_UNKNOWN", "there is no such user");
}

absl::StatusOr<User> ReadUsers::Get(const Caller& caller, std::optional<base::UserId> id) {
  if (id && *id != caller.user_id()) {
    SIGNET_RETURN_IF_ERROR(caller.Require(kPermissionUsersRead));
  }
  SIGNET_ASSIGN_OR_RETURN(std::optional<User> user, users_.Read(id.value_or(caller.user_id())));
  if (!user) return UserUnknown();
  return *std::move(user);
}

absl::StatusOr<std::vector<User>> ReadUsers::List(UserFilter filter,
                                                  const std::optional<UserPosition>& after,
                                                  int limit) {
  if (!filter.email_prefix.empty()) {
    SIGNET_ASSIGN_OR_RETURN(filter.email_prefix,
                            CanonicalEmailPrefix("email_prefix", filter.email_prefix));
  }
  if (filter.created_from && filter.created_before &&
      *filter.created_from >= *filter.created_before) {
    return base::FieldError("created_before", "is not after created_from");
  }
  return users_.List(filter, after, limit);
}

}  // namespace signet::domain

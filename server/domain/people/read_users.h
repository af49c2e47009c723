#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/caller.h"
#include "server/domain/people/user.h"
#include "server/domain/ports/user_store.h"

namespace signet::domain {

// NOT_FOUND (USER_UNKNOWN).
absl::Status UserUnknown();

// Looking at people. Everybody sees himself; kPermissionUsersRead sees everybody. Without it
// another person is PERMISSION_MISSING whether or not there is one. Thread-safe.
class ReadUsers {
 public:
  explicit ReadUsers(UserStore& users) : users_(users) {}

  // USER_UNKNOWN for an id that never was. `id` nothing: the caller.
  absl::StatusOr<User> Get(const Caller& caller, std::optional<base::UserId> id);

  // At most `limit` people after `after`. Needs kPermissionUsersRead, which the method table asks
  // for. FIELD_INVALID (email_prefix, created_before) where nothing could ever match.
  absl::StatusOr<std::vector<User>> List(UserFilter filter,
                                         const std::optional<UserPosition>& after, int limit);

 private:
  UserStore& users_;
};

}  // namespace signet::domain

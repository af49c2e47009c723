#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/people/import_users.h"
#include "server/domain/people/update_user.h"
#include "server/domain/people/user.h"
#include "signet/v1/user_service.pb.h"

namespace signet::rpc {

// UserService's messages and the domain's types. Every field is checked here.

struct UserListing {
  domain::UserFilter filter;
  int page_size = 0;
};

// Nothing for the empty string: the caller.
absl::StatusOr<std::optional<base::UserId>> ToOptionalUserId(absl::string_view user_id);
absl::StatusOr<base::UserId> ToUserId(absl::string_view user_id);
absl::StatusOr<UserListing> ToUserListing(const v1::ListUsersRequest& request);
// Takes from `request.user` what the mask names, and refuses a mask that names anything else.
absl::StatusOr<domain::UpdateUserCommand> ToUpdateUserCommand(const v1::UpdateUserRequest& request);

// The lines of an import. A line with a field of the wrong form has no ImportLine but its refusal.
struct UserImport {
  std::vector<absl::StatusOr<domain::ImportLine>> lines;
  std::string request_id;
};
absl::StatusOr<UserImport> ToUserImport(const v1::ImportUsersRequest& request);
absl::StatusOr<int> ToExportPageSize(const v1::ExportUserDataRequest& request);

void FromImport(const domain::ImportOutcome& outcome, v1::ImportResult& out);
void FromUser(const domain::User& user, v1::User& out);

}  // namespace signet::rpc

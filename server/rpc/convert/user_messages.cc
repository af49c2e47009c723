#include "server/rpc/convert/user_messages.h"

#include <string>

#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxDisplayName = 200;
constexpr size_t kMaxRole = 64;
constexpr size_t kMaxRequestId = 64;
constexpr int kMaxImportLines = 1000;
constexpr size_t kMaxImportedHash = 512;
constexpr int kDefaultExportPage = 200;

v1::UserStatus ToProto(domain::AccountStatus status) {
  switch (status) {
    case domain::AccountStatus::kActive:
      return v1::USER_STATUS_ACTIVE;
    case domain::AccountStatus::kDisabled:
      return v1::USER_STATUS_DISABLED;
    case domain::AccountStatus::kDeleted:
      return v1::USER_STATUS_DELETED;
    case domain::AccountStatus::kErased:
      return v1::USER_STATUS_ERASED;
  }
  return v1::USER_STATUS_UNSPECIFIED;
}

absl::StatusOr<std::optional<domain::AccountStatus>> ToStatus(v1::UserStatus status) {
  switch (status) {
    case v1::USER_STATUS_UNSPECIFIED:
      return std::optional<domain::AccountStatus>();
    case v1::USER_STATUS_ACTIVE:
      return std::optional(domain::AccountStatus::kActive);
    case v1::USER_STATUS_DISABLED:
      return std::optional(domain::AccountStatus::kDisabled);
    case v1::USER_STATUS_DELETED:
      return std::optional(domain::AccountStatus::kDeleted);
    case v1::USER_STATUS_ERASED:
      return std::optional(domain::AccountStatus::kErased);
    default:
      return base::FieldError("status", "is not a known status");
  }
}

absl::StatusOr<domain::ImportLine> ToImportLine(const v1::ImportedUser& user) {
  domain::ImportLine line;
  SIGNET_RETURN_IF_ERROR(CheckText("email", user.email(), kMinEmail, kMaxEmail));
  SIGNET_RETURN_IF_ERROR(
      CheckVisibleAscii("password_hash", user.password_hash(), 0, kMaxImportedHash));
  SIGNET_RETURN_IF_ERROR(CheckPrintable("display_name", user.display_name(), 0, kMaxDisplayName));
  line.email = user.email();
  line.password_hash = user.password_hash();
  line.display_name = user.display_name();
  if (user.has_create_time()) {
    SIGNET_ASSIGN_OR_RETURN(line.created_at, ToTime("create_time", user.create_time()));
  }
  line.disabled = user.disabled();
  return line;
}

}  // namespace

absl::StatusOr<base::UserId> ToUserId(absl::string_view user_id) {
  return ParseId<base::UserId>("user_id", user_id);
}

absl::StatusOr<std::optional<base::UserId>> ToOptionalUserId(absl::string_view user_id) {
  if (user_id.empty()) return std::optional<base::UserId>();
  SIGNET_ASSIGN_OR_RETURN(const base::UserId id, ToUserId(user_id));
  return std::optional(id);
}

absl::StatusOr<UserListing> ToUserListing(const v1::ListUsersRequest& request) {
  UserListing listing;
  SIGNET_ASSIGN_OR_RETURN(listing.page_size, ToPageSize(request.page_size()));
  SIGNET_RETURN_IF_ERROR(CheckText("email_prefix", request.email_prefix(), 0, kMaxEmail));
  listing.filter.email_prefix = request.email_prefix();
  SIGNET_ASSIGN_OR_RETURN(listing.filter.status, ToStatus(request.status()));
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("role", request.role(), 0, kMaxRole));
  listing.filter.role = request.role();
  if (request.has_created_from()) {
    SIGNET_ASSIGN_OR_RETURN(listing.filter.created_from,
                            ToTime("created_from", request.created_from()));
  }
  if (request.has_created_before()) {
    SIGNET_ASSIGN_OR_RETURN(listing.filter.created_before,
                            ToTime("created_before", request.created_before()));
  }
  return listing;
}

absl::StatusOr<domain::UpdateUserCommand> ToUpdateUserCommand(
    const v1::UpdateUserRequest& request) {
  domain::UpdateUserCommand command;
  if (!request.user().user_id().empty()) {
    SIGNET_ASSIGN_OR_RETURN(command.id,
                            ParseId<base::UserId>("user.user_id", request.user().user_id()));
  }
  if (request.update_mask().paths().empty()) {
    return base::FieldError("update_mask", "is required");
  }
  // A list of what may be set, never of what may not: a new field of User is not in it.
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "display_name") {
      const std::string& name = request.user().display_name();
      SIGNET_RETURN_IF_ERROR(CheckPrintable("user.display_name", name, 0, kMaxDisplayName));
      command.display_name = name;
    } else if (path == "email") {
      const std::string& email = request.user().email();
      SIGNET_RETURN_IF_ERROR(CheckText("user.email", email, kMinEmail, kMaxEmail));
      command.email = email;
    } else {
      return base::FieldError("update_mask", "names something that cannot be updated");
    }
  }
  return command;
}

absl::StatusOr<UserImport> ToUserImport(const v1::ImportUsersRequest& request) {
  UserImport import;
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("request_id", request.request_id(), 0, kMaxRequestId));
  import.request_id = request.request_id();
  if (request.users().empty()) return base::FieldError("users", "is required");
  if (request.users_size() > kMaxImportLines) {
    return base::FieldError("users", "has more than 1000 lines");
  }
  for (const v1::ImportedUser& user : request.users()) import.lines.push_back(ToImportLine(user));
  return import;
}

absl::StatusOr<int> ToExportPageSize(const v1::ExportUserDataRequest& request) {
  return ToPageSize(request.page_size(), kDefaultExportPage);
}

void FromImport(const domain::ImportOutcome& outcome, v1::ImportResult& out) {
  switch (outcome.kind) {
    case domain::ImportOutcome::Kind::kCreated:
      out.set_outcome(v1::ImportResult::OUTCOME_CREATED);
      break;
    case domain::ImportOutcome::Kind::kExists:
      out.set_outcome(v1::ImportResult::OUTCOME_EXISTS);
      break;
    case domain::ImportOutcome::Kind::kRefused:
      out.set_outcome(v1::ImportResult::OUTCOME_REFUSED);
      break;
  }
  if (outcome.id) out.set_user_id(outcome.id->ToString());
  for (const base::FieldViolation& violation : base::FieldViolations(outcome.refusal)) {
    out.set_field(violation.field);
    out.set_description(violation.description);
  }
}

void FromUser(const domain::User& user, v1::User& out) {
  out.set_user_id(user.id.ToString());
  out.set_email(user.email);
  out.set_display_name(user.display_name);
  out.set_status(ToProto(user.status));
  for (const std::string& role : user.roles) out.add_roles(role);
  out.set_has_password(user.has_password);
  SetTimestamp(user.created_at, *out.mutable_create_time());
  SetTimestamp(user.updated_at, *out.mutable_update_time());
}

}  // namespace signet::rpc

#include "server/rpc/convert/access_messages.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxRoleName = 32;
constexpr int kMaxPermissions = 64;
constexpr size_t kMaxPermission = 64;

// Each a text; whether it is a permission is the domain's to say.
absl::StatusOr<std::vector<std::string>> ToPermissions(const v1::Role& role) {
  if (role.permissions_size() > kMaxPermissions) {
    return base::FieldError("role.permissions",
                            absl::StrCat("has more than ", kMaxPermissions, " values"));
  }
  for (int i = 0; i < role.permissions_size(); ++i) {
    SIGNET_RETURN_IF_ERROR(CheckVisibleAscii(absl::StrCat("role.permissions[", i, "]"),
                                             role.permissions(i), 1, kMaxPermission));
  }
  return std::vector<std::string>(role.permissions().begin(), role.permissions().end());
}

absl::Status CheckDescription(const v1::Role& role) {
  return CheckText("role.description", role.description(), 0, kMaxDescription);
}

}  // namespace

absl::Status CheckRoleName(absl::string_view field, absl::string_view name) {
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii(field, name, 1, kMaxRoleName));
  if (name[0] < 'a' || name[0] > 'z' || !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    return base::FieldError(field, "is not a letter and then letters, digits, '.', '_', '-'");
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::Role> ToNewRole(const v1::CreateRoleRequest& request) {
  domain::Role role;
  SIGNET_RETURN_IF_ERROR(CheckRoleName("role.name", request.role().name()));
  SIGNET_RETURN_IF_ERROR(CheckDescription(request.role()));
  SIGNET_ASSIGN_OR_RETURN(role.permissions, ToPermissions(request.role()));
  role.name = request.role().name();
  role.description = request.role().description();
  return role;
}

absl::StatusOr<domain::RoleChange> ToRoleChange(const v1::UpdateRoleRequest& request) {
  const v1::Role& role = request.role();
  domain::RoleChange change;
  SIGNET_RETURN_IF_ERROR(CheckRoleName("role.name", role.name()));
  change.name = role.name();
  if (request.update_mask().paths().empty()) {
    return base::FieldError("update_mask", "is required");
  }
  for (int i = 0; i < request.update_mask().paths_size(); ++i) {
    const std::string& path = request.update_mask().paths(i);
    if (path == "description") {
      SIGNET_RETURN_IF_ERROR(CheckDescription(role));
      change.description = role.description();
    } else if (path == "permissions") {
      SIGNET_ASSIGN_OR_RETURN(change.permissions, ToPermissions(role));
    } else {
      return base::FieldError("update_mask", "has a path other than description and permissions");
    }
  }
  if (!role.etag().empty() &&
      (!absl::SimpleAtoi(role.etag(), &change.expected_version) || change.expected_version <= 0)) {
    return base::FieldError("role.etag", "is not the etag of a role");
  }
  return change;
}

absl::StatusOr<domain::NewGrant> ToNewGrant(const v1::GrantRoleRequest& request) {
  domain::NewGrant grant;
  SIGNET_ASSIGN_OR_RETURN(grant.subject, ToSubjectId(request.subject_id()));
  SIGNET_RETURN_IF_ERROR(CheckRoleName("role", request.role()));
  grant.role = request.role();
  if (request.has_expire_time()) {
    SIGNET_ASSIGN_OR_RETURN(grant.expires_at, ToTime("expire_time", request.expire_time()));
  }
  return grant;
}

absl::StatusOr<domain::SubjectId> ToSubjectId(absl::string_view subject_id) {
  return ParseId<domain::SubjectId>("subject_id", subject_id);
}

absl::Status CheckPermissionName(absl::string_view permission) {
  return CheckVisibleAscii("permission", permission, 1, kMaxPermission);
}

void FromRole(const domain::Role& role, v1::Role& out) {
  out.set_name(role.name);
  out.set_description(role.description);
  for (const std::string& permission : role.permissions) out.add_permissions(permission);
  out.set_built_in(role.built_in);
  out.set_etag(absl::StrCat(role.version));
  SetTimestamp(role.created_at, *out.mutable_create_time());
  SetTimestamp(role.updated_at, *out.mutable_update_time());
}

void FromGrant(const domain::RoleGrant& grant, v1::Grant& out) {
  out.set_subject_id(grant.subject.ToString());
  out.set_subject_kind(grant.kind == domain::SubjectKind::kPerson
                           ? v1::SUBJECT_KIND_PERSON
                           : v1::SUBJECT_KIND_SERVICE_ACCOUNT);
  out.set_role(grant.role);
  if (grant.granted_by) out.set_granted_by(grant.granted_by->ToString());
  if (grant.granted_at) SetTimestamp(*grant.granted_at, *out.mutable_grant_time());
  if (grant.expires_at) SetTimestamp(*grant.expires_at, *out.mutable_expire_time());
}

}  // namespace signet::rpc

#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/access/access_records.h"
#include "signet/v1/access_service.pb.h"

namespace signet::rpc {

// Requests of AccessService -> the domain: forms and limits, naming the field refused.
absl::Status CheckRoleName(absl::string_view field, absl::string_view name);
absl::StatusOr<domain::Role> ToNewRole(const v1::CreateRoleRequest& request);
absl::StatusOr<domain::RoleChange> ToRoleChange(const v1::UpdateRoleRequest& request);
absl::StatusOr<domain::NewGrant> ToNewGrant(const v1::GrantRoleRequest& request);
absl::StatusOr<domain::SubjectId> ToSubjectId(absl::string_view subject_id);
absl::Status CheckPermissionName(absl::string_view permission);

// The domain -> answers.
void FromRole(const domain::Role& role, v1::Role& out);
void FromGrant(const domain::RoleGrant& grant, v1::Grant& out);

}  // namespace signet::rpc

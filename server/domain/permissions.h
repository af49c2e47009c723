#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::domain {

// The permissions that the method table names.
inline constexpr absl::string_view kPermissionKeysRead = "keys.read";
inline constexpr absl::string_view kPermissionKeysManage = "keys.manage";
inline constexpr absl::string_view kPermissionTokensExplain = "tokens.explain";
inline constexpr absl::string_view kPermissionSessionsManage = "sessions.manage";

inline constexpr absl::string_view kPermissionAuditRead = "audit.read";
inline constexpr absl::string_view kPermissionUsersRead = "users.read";
inline constexpr absl::string_view kPermissionUsersManage = "users.manage";

inline constexpr absl::string_view kRoleAdmin = "admin";
inline constexpr absl::string_view kRoleAuditor = "auditor";  // the audit log, and nothing else

// What the roles of a person permit: goes into `permissions` of every access token. Unknown roles
// permit nothing. Sorted, each once.
std::vector<std::string> PermissionsOf(const std::vector<std::string>& roles);

}  // namespace signet::domain

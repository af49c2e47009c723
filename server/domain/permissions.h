#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace signet::domain {

// The permissions that the method table and the console name. Each has its row in
// kKnownPermissions.
inline constexpr absl::string_view kPermissionAccessGrantApp = "access.grant_app";
inline constexpr absl::string_view kPermissionAccessManage = "access.manage";
inline constexpr absl::string_view kPermissionAccessRead = "access.read";
inline constexpr absl::string_view kPermissionKeysRead = "keys.read";
inline constexpr absl::string_view kPermissionKeysManage = "keys.manage";
inline constexpr absl::string_view kPermissionTokensExplain = "tokens.explain";
inline constexpr absl::string_view kPermissionSessionsManage = "sessions.manage";

inline constexpr absl::string_view kPermissionAuditRead = "audit.read";
inline constexpr absl::string_view kPermissionConsoleRead = "console.read";
inline constexpr absl::string_view kPermissionUsersRead = "users.read";
inline constexpr absl::string_view kPermissionUsersManage = "users.manage";

// The built-in roles: there from the start, what they permit follows from the list below.
inline constexpr absl::string_view kRoleAdmin = "admin";  // everything
inline constexpr absl::string_view kRoleAuditor =
    "auditor";  // the audit log, who may do what, the console; changes nothing

struct KnownPermission {
  absl::string_view name;
  bool auditor;  // whether the role `auditor` has it
};

// Every permission that means something to this server, sorted. What an application checks for
// itself is a permission of its own making: "app:" and a name.
absl::Span<const KnownPermission> KnownPermissions();

// Whether a role may be made of it: a known one, or "app:" and 1 to 60 of a-z, 0-9, '.', '_', ':',
// '-'.
bool IsPermission(absl::string_view permission);

// What the built-in ones of `roles` permit; other roles permit nothing here. Sorted, each once.
std::vector<std::string> PermissionsOf(const std::vector<std::string>& roles);

}  // namespace signet::domain

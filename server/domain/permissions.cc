#include "server/domain/permissions.h"

#include <algorithm>

#include "absl/strings/strip.h"

namespace signet::domain {
namespace {

constexpr size_t kMaxApplicationName = 60;

constexpr KnownPermission kKnown[] = {
    // name                     auditor
    {kPermissionAccessGrantApp, false},  // hands on application permissions without holding them
    {kPermissionAccessManage, false},    // roles, grants, service accounts, API keys
    {kPermissionAccessRead, true},       // looks at the same
    {kPermissionAuditRead, true},        // the audit log
    {kPermissionConsoleRead, true},      // the status console: numbers and names, of no person
    {kPermissionKeysManage, false},     {kPermissionKeysRead, false},
    {kPermissionSessionsManage, false}, {kPermissionTokensExplain, false},
    {kPermissionUsersManage, false},  // other people's accounts
    {kPermissionUsersRead, false},    // looks at them: addresses and names
};

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' ||
         c == '-';
}

bool Holds(const std::vector<std::string>& roles, absl::string_view role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

}  // namespace

absl::Span<const KnownPermission> KnownPermissions() { return kKnown; }

bool IsPermission(absl::string_view permission) {
  if (absl::ConsumePrefix(&permission, "app:")) {
    return !permission.empty() && permission.size() <= kMaxApplicationName &&
           std::all_of(permission.begin(), permission.end(), IsNameCharacter);
  }
  return std::any_of(std::begin(kKnown), std::end(kKnown),
                     [&](const KnownPermission& known) { return known.name == permission; });
}

std::vector<std::string> PermissionsOf(const std::vector<std::string>& roles) {
  const bool admin = Holds(roles, kRoleAdmin);
  std::vector<std::string> permissions;
  if (!admin && !Holds(roles, kRoleAuditor)) return permissions;
  for (const KnownPermission& known : kKnown) {
    if (admin || known.auditor) permissions.emplace_back(known.name);
  }
  return permissions;
}

}  // namespace signet::domain

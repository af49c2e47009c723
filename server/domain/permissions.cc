#include "server/domain/permissions.h"

#include <algorithm>

namespace signet::domain {

std::vector<std::string> PermissionsOf(const std::vector<std::string>& roles) {
  const auto has = [&roles](absl::string_view role) {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  };
  if (has(kRoleAdmin)) {
    return {std::string(kPermissionAuditRead),     std::string(kPermissionKeysManage),
            std::string(kPermissionKeysRead),      std::string(kPermissionSessionsManage),
            std::string(kPermissionTokensExplain), std::string(kPermissionUsersManage),
            std::string(kPermissionUsersRead)};
  }
  if (has(kRoleAuditor)) return {std::string(kPermissionAuditRead)};
  return {};
}

}  // namespace signet::domain

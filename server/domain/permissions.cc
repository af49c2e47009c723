#include "server/domain/permissions.h"

#include <algorithm>

namespace signet::domain {

std::vector<std::string> PermissionsOf(const std::vector<std::string>& roles) {
  if (std::find(roles.begin(), roles.end(), kRoleAdmin) == roles.end()) return {};
  return {std::string(kPermissionKeysManage), std::string(kPermissionKeysRead),
          std::string(kPermissionSessionsManage), std::string(kPermissionTokensExplain)};
}

}  // namespace signet::domain

#include "server/domain/access/held_role.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "server/domain/permissions.h"

namespace signet::domain {

Access AccessAt(const std::vector<HeldRole>& held, absl::Time now) {
  Access access;
  for (const HeldRole& role : held) {
    if (role.expires_at <= now) continue;
    access.roles.push_back(role.name);
    access.permissions.insert(access.permissions.end(), role.permissions.begin(),
                              role.permissions.end());
    access.until = std::min(access.until, role.expires_at);
  }
  if (access.roles.empty()) return access;
  for (std::string& permission : PermissionsOf(access.roles)) {
    access.permissions.push_back(std::move(permission));
  }
  std::sort(access.permissions.begin(), access.permissions.end());
  access.permissions.erase(std::unique(access.permissions.begin(), access.permissions.end()),
                           access.permissions.end());
  return access;
}

std::vector<std::string> FittingPermissions(std::vector<std::string> permissions) {
  // What this server asks for itself comes before what applications do.
  const auto is_ours = [](const std::string& name) { return !absl::StartsWith(name, "app:"); };
  std::stable_partition(permissions.begin(), permissions.end(), is_ours);
  size_t bytes = 0;
  size_t fitting = 0;
  for (const std::string& permission : permissions) {
    bytes += permission.size() + 3;  // quotes and a comma
    if (bytes > kMostPermissionBytes) break;
    ++fitting;
  }
  permissions.resize(fitting);
  return permissions;
}

}  // namespace signet::domain

#include "server/domain/access/check_permission.h"

#include <algorithm>
#include <optional>

#include "client/base/status_macros.h"

namespace signet::domain {

absl::StatusOr<PermissionAnswer> CheckPermission::Run(SubjectId subject,
                                                      absl::string_view permission,
                                                      const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<SubjectAccess> found, store_.ReadAccess(subject));
  PermissionAnswer answer;
  if (!found || !found->active) return answer;
  for (const HeldRole& role : found->held) {
    const Access access = AccessAt({role}, call.now);
    const auto& held = access.permissions;
    if (std::find(held.begin(), held.end(), permission) == held.end()) continue;
    answer.roles.push_back(role.name);
    // Held by several it lasts as long as the longest of them.
    answer.until = answer.allowed ? std::max(answer.until, role.expires_at) : role.expires_at;
    answer.allowed = true;
  }
  return answer;
}

}  // namespace signet::domain

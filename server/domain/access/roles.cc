#include "server/domain/access/roles.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/access/authority.h"
#include "server/domain/permissions.h"

namespace signet::domain {
namespace {

// Sorted, each once; FIELD_INVALID naming the first that is none.
absl::Status Normalise(std::vector<std::string>& permissions) {
  for (size_t i = 0; i < permissions.size(); ++i) {
    if (IsPermission(permissions[i])) continue;
    return base::FieldError(absl::StrCat("role.permissions[", i, "]"),
                            "is neither a known permission nor app: and a name of a-z 0-9 . _ : -");
  }
  std::sort(permissions.begin(), permissions.end());
  permissions.erase(std::unique(permissions.begin(), permissions.end()), permissions.end());
  return absl::OkStatus();
}

// Roles are nobody's account: the event names the role.
AuditEvent EventOf(AuditAction action, const Caller& caller, absl::string_view role,
                   const CallInfo& call) {
  AuditEvent event = AuditEventOf(action, caller, call);
  event.subject = std::nullopt;
  event.target = std::string(role);
  return event;
}

Role WithCompiled(Role role) {
  if (role.built_in) role.permissions = PermissionsOf({role.name});
  return role;
}

}  // namespace

absl::StatusOr<Role> Roles::Create(const Caller& caller, Role role, const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(Normalise(role.permissions));
  const AuditEvent event = EventOf(AuditAction::kRoleCreate, caller, role.name, call);
  const auto decision =
      store_.CreateRole(AuthorityOf(caller), role, call.now, audit_.Record(event));
  SIGNET_RETURN_IF_ERROR(Concluded(audit_, event, decision));
  return Get(role.name);
}

absl::StatusOr<Role> Roles::Get(absl::string_view name) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<Role> role, store_.FindRole(name));
  if (!role) return StatusOf({AccessOutcome::kRoleUnknown, ""});
  return WithCompiled(*std::move(role));
}

absl::StatusOr<std::vector<Role>> Roles::List(absl::string_view after, int limit) {
  SIGNET_ASSIGN_OR_RETURN(std::vector<Role> roles, store_.ListRoles(after, limit));
  for (Role& role : roles) role = WithCompiled(std::move(role));
  return roles;
}

absl::StatusOr<Role> Roles::Update(const Caller& caller, RoleChange change, const CallInfo& call) {
  if (change.permissions) SIGNET_RETURN_IF_ERROR(Normalise(*change.permissions));
  const AuditEvent event = EventOf(AuditAction::kRoleUpdate, caller, change.name, call);
  const auto decision =
      store_.UpdateRole(AuthorityOf(caller), change, call.now,
                        lifetimes_.RevocationExpiry(call.now), audit_.Record(event));
  SIGNET_RETURN_IF_ERROR(Concluded(audit_, event, decision));
  return Get(change.name);
}

absl::Status Roles::Delete(const Caller& caller, absl::string_view name, const CallInfo& call) {
  const AuditEvent event = EventOf(AuditAction::kRoleDelete, caller, name, call);
  return Concluded(audit_, event,
                   store_.DeleteRole(AuthorityOf(caller), name, call.now, audit_.Record(event)));
}

}  // namespace signet::domain

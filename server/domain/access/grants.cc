#include "server/domain/access/grants.h"

#include <string>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/access/authority.h"
#include "server/domain/permissions.h"

namespace signet::domain {
namespace {

void DropExpired(std::vector<RoleGrant>& grants, absl::Time now) {
  std::erase_if(grants, [now](const RoleGrant& grant) {
    return grant.expires_at && *grant.expires_at <= now;
  });
}

AuditEvent EventOf(AuditAction action, const Caller& caller, SubjectId subject,
                   absl::string_view role, const CallInfo& call) {
  AuditEvent event = AuditEventOf(action, caller, call);
  event.subject = base::UserId(subject.uuid());
  event.target = std::string(role);
  return event;
}

bool IsSelf(const Caller& caller, SubjectId subject) {
  return caller.user_id().uuid() == subject.uuid();
}

}  // namespace

absl::Status Grants::Give(const Caller& caller, const NewGrant& grant, const CallInfo& call) {
  if (grant.expires_at && *grant.expires_at <= call.now) {
    return base::FieldError("expire_time", "is not in the future");
  }
  const AuditEvent event =
      EventOf(AuditAction::kRoleGrant, caller, grant.subject, grant.role, call);
  if (IsSelf(caller, grant.subject)) {
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(event, "SELF_GRANT"));
    return base::MakeError(absl::StatusCode::kPermissionDenied, "SELF_GRANT",
                           "nobody gives a role to himself");
  }
  return Concluded(audit_, event,
                   store_.Grant(AuthorityOf(caller), grant, PermissionsOf({grant.role}), call.now,
                                lifetimes_.RevocationExpiry(call.now), audit_.Record(event)));
}

absl::Status Grants::Take(const Caller& caller, SubjectId subject, absl::string_view role,
                          const CallInfo& call) {
  const AuditEvent event = EventOf(AuditAction::kRoleRevoke, caller, subject, role, call);
  return Concluded(
      audit_, event,
      store_.Revoke(AuthorityOf(caller), subject, role, PermissionsOf({std::string(role)}),
                    call.now, lifetimes_.RevocationExpiry(call.now), audit_.Record(event)));
}

absl::StatusOr<std::vector<RoleGrant>> Grants::Of(SubjectId subject, const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(std::vector<RoleGrant> grants, store_.GrantsOf(subject));
  DropExpired(grants, call.now);
  return grants;
}

absl::StatusOr<Grants::Holders> Grants::HoldersOf(absl::string_view role,
                                                  std::optional<SubjectId> after, int limit,
                                                  const CallInfo& call) {
  Holders holders;
  SIGNET_ASSIGN_OR_RETURN(holders.grants, store_.HoldersOf(role, after, limit));
  if (holders.grants.size() == static_cast<size_t>(limit)) {
    holders.last = holders.grants.back().subject;
  }
  DropExpired(holders.grants, call.now);
  return holders;
}

}  // namespace signet::domain

#include "server/domain/access/authority.h"

#include <utility>

#include "absl/strings/match.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/permissions.h"

namespace signet::domain {

using absl::StatusCode;
using base::MakeError;

Authority AuthorityOf(const Caller& caller) {
  return Authority{caller.user_id(), caller.issued_at(), caller.permissions()};
}

absl::Status MayHandOn(const Caller& caller, const std::vector<std::string>& wanted) {
  for (const std::string& permission : wanted) {
    const bool freely =
        absl::StartsWith(permission, "app:") && caller.Has(kPermissionAccessGrantApp);
    if (!freely && !caller.Has(permission)) return base::PermissionMissing(permission);
  }
  return absl::OkStatus();
}

absl::Status Concluded(AuditTrail& audit, AuditEvent event,
                       const absl::StatusOr<AccessDecision>& answer) {
  const absl::Status status = answer.ok() ? StatusOf(*answer) : answer.status();
  if (status.ok()) return status;
  const std::string reason = base::ErrorReason(status);
  // Anything else that the store answers was not decided.
  if (!answer.ok() && reason != "LAST_ADMINISTRATOR") return status;
  SIGNET_RETURN_IF_ERROR(audit.Refuse(std::move(event), reason));
  return status;
}

absl::Status StatusOf(const AccessDecision& decision) {
  switch (decision.outcome) {
    case AccessOutcome::kDone:
      return absl::OkStatus();
    case AccessOutcome::kAuthorityOutdated:
      return MakeError(StatusCode::kUnauthenticated, "TOKEN_INVALID",
                       "your rights have changed since this access token was issued");
    case AccessOutcome::kPermissionMissing:
      return base::PermissionMissing(decision.missing_permission);
    case AccessOutcome::kSubjectUnknown:
      return MakeError(StatusCode::kNotFound, "SUBJECT_UNKNOWN",
                       "there is no such person or service account");
    case AccessOutcome::kRoleUnknown:
      return MakeError(StatusCode::kNotFound, "ROLE_UNKNOWN", "there is no such role");
    case AccessOutcome::kNotHeld:
      return MakeError(StatusCode::kNotFound, "GRANT_UNKNOWN",
                       "the subject does not hold the role");
    case AccessOutcome::kTooManyRoles:
      return MakeError(StatusCode::kFailedPrecondition, "TOO_MANY_ROLES",
                       "the subject holds as many roles as anybody may");
    case AccessOutcome::kBuiltIn:
      return MakeError(StatusCode::kFailedPrecondition, "ROLE_BUILT_IN",
                       "a built-in role cannot be changed");
    case AccessOutcome::kRoleInUse:
      return MakeError(StatusCode::kFailedPrecondition, "ROLE_IN_USE",
                       "somebody still holds the role");
    case AccessOutcome::kVersionMismatch:
      return MakeError(StatusCode::kAborted, "CONFLICT",
                       "the role was changed by another call; look at it and try again");
    case AccessOutcome::kAccountUnknown:
      return MakeError(StatusCode::kNotFound, "SERVICE_ACCOUNT_UNKNOWN",
                       "there is no such service account");
    case AccessOutcome::kKeyUnknown:
      return MakeError(StatusCode::kNotFound, "API_KEY_UNKNOWN",
                       "there is no such API key, or it does not work any more");
    case AccessOutcome::kTooManyKeys:
      return MakeError(StatusCode::kFailedPrecondition, "TOO_MANY_API_KEYS",
                       "the service account has as many keys as any may");
    case AccessOutcome::kNameTaken:
      return MakeError(StatusCode::kAlreadyExists, "CONFLICT",
                       "there is a service account of that name");
    case AccessOutcome::kRoleExists:
      return MakeError(StatusCode::kAlreadyExists, "CONFLICT", "there is a role of that name");
  }
  return MakeError(StatusCode::kInternal, "INTERNAL", "an outcome that is none");
}

}  // namespace signet::domain

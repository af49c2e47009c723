#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/access/access_records.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/caller.h"

namespace signet::domain {

// What `caller` may hand on, by his token.
Authority AuthorityOf(const Caller& caller);

// OK, or PERMISSION_MISSING naming the first of `wanted` that `caller` may not hand on: what he
// does not hold, but for application permissions where he may grant those.
absl::Status MayHandOn(const Caller& caller, const std::vector<std::string>& wanted);

// How an audited change ended, as `answer` and the audit log say it: a refusal is an event of its
// own, what was done stands in the log already. `event` is the one that the store was given.
absl::Status Concluded(AuditTrail& audit, AuditEvent event,
                       const absl::StatusOr<AccessDecision>& answer);

// OK for kDone; else the refusal that the outside hears:
//   kAuthorityOutdated   UNAUTHENTICATED TOKEN_INVALID, as for any token that is refused
//   kPermissionMissing   PERMISSION_DENIED PERMISSION_MISSING, naming it
//   kSubjectUnknown      NOT_FOUND SUBJECT_UNKNOWN
//   kRoleUnknown         NOT_FOUND ROLE_UNKNOWN
//   kNotHeld             NOT_FOUND GRANT_UNKNOWN
//   kTooManyRoles        FAILED_PRECONDITION TOO_MANY_ROLES
//   kBuiltIn, kRoleInUse FAILED_PRECONDITION ROLE_BUILT_IN, ROLE_IN_USE
//   kAccountUnknown      NOT_FOUND SERVICE_ACCOUNT_UNKNOWN
//   kKeyUnknown          NOT_FOUND API_KEY_UNKNOWN
//   kTooManyKeys         FAILED_PRECONDITION TOO_MANY_API_KEYS
//   kNameTaken           ALREADY_EXISTS CONFLICT
//   kVersionMismatch     ABORTED CONFLICT
//   kRoleExists          ALREADY_EXISTS CONFLICT
absl::Status StatusOf(const AccessDecision& decision);

}  // namespace signet::domain

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/access/access_records.h"
#include "server/domain/audit/audit_record.h"

namespace signet::domain {

// Roles and who holds them. Each change is one statement that judges the caller's authority
// (it must cover every permission of the role, before and after), changes, and refuses within the
// same transaction every token that says more than it may from then on; `audit` is written by the
// same statement, exactly when the outcome is kDone. A change that would leave
// no administrator who stays is FAILED_PRECONDITION (LAST_ADMINISTRATOR) and changes nothing,
// however many run at the same time. Every call may fail with STORAGE_UNAVAILABLE or
// DEADLINE_EXCEEDED. Thread-safe.
class AccessStore {
 public:
  virtual ~AccessStore() = default;

  // kRoleExists when the name is taken.
  virtual absl::StatusOr<AccessDecision> CreateRole(const Authority& by, const Role& role,
                                                    absl::Time now, const AuditRecord& audit) = 0;
  virtual absl::StatusOr<AccessDecision> UpdateRole(const Authority& by, const RoleChange& change,
                                                    absl::Time now,
                                                    absl::Time revocation_expires_at,
                                                    const AuditRecord& audit) = 0;
  // kRoleInUse while anybody holds it.
  virtual absl::StatusOr<AccessDecision> DeleteRole(const Authority& by, absl::string_view name,
                                                    absl::Time now, const AuditRecord& audit) = 0;

  // Gives a role, or sets another expiry. `compiled` is what a built-in role permits.
  virtual absl::StatusOr<AccessDecision> Grant(const Authority& by, const NewGrant& grant,
                                               const std::vector<std::string>& compiled,
                                               absl::Time now, absl::Time revocation_expires_at,
                                               const AuditRecord& audit) = 0;
  virtual absl::StatusOr<AccessDecision> Revoke(const Authority& by, SubjectId subject,
                                                absl::string_view role,
                                                const std::vector<std::string>& compiled,
                                                absl::Time now, absl::Time revocation_expires_at,
                                                const AuditRecord& audit) = 0;

  // As stored: built-in ones without permissions.
  virtual absl::StatusOr<std::optional<Role>> FindRole(absl::string_view name) = 0;
  // By name, after `after` (empty: from the first), at most `limit`.
  virtual absl::StatusOr<std::vector<Role>> ListRoles(absl::string_view after, int limit) = 0;

  // What one subject holds, expired ones included until they are cleared away; by role.
  virtual absl::StatusOr<std::vector<RoleGrant>> GrantsOf(SubjectId subject) = 0;
  // Who holds a role, by subject, after `after`, at most `limit`.
  virtual absl::StatusOr<std::vector<RoleGrant>> HoldersOf(absl::string_view role,
                                                           std::optional<SubjectId> after,
                                                           int limit) = 0;

  // Nothing for somebody who is not there, or was deleted.
  virtual absl::StatusOr<std::optional<SubjectAccess>> ReadAccess(SubjectId subject) = 0;
};

}  // namespace signet::domain

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/access/held_role.h"

namespace signet::domain {

// Whoever can hold a role: a person (his user id) or a service account (its id); `sub` of tokens.
using SubjectId = base::Id<struct SubjectIdTag>;
enum class SubjectKind { kPerson = 1, kServiceAccount = 2 };

// A role. Built-in ones cannot be changed.
struct Role {
  std::string name;
  std::string description;
  std::vector<std::string> permissions;  // sorted; of built-in ones what is compiled in
  bool built_in = false;
  int64_t version = 1;  // grows with every change
  absl::Time created_at;
  absl::Time updated_at;
};

// What of a role is to change; nothing: stays as it is.
struct RoleChange {
  std::string name;
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> permissions;
  int64_t expected_version = 0;  // 0: whatever it is
};

struct NewGrant {
  SubjectId subject;
  std::string role;
  std::optional<absl::Time> expires_at;
};

struct RoleGrant {
  SubjectId subject;
  SubjectKind kind = SubjectKind::kPerson;
  std::string role;
  std::optional<base::UserId> granted_by;  // nothing: by the bootstrap of this installation
  std::optional<absl::Time> granted_at;
  std::optional<absl::Time> expires_at;
};

// Where a page of grants ended.
struct GrantPosition {
  SubjectId subject;
  std::string role;
};

// What a permission check reads of a subject.
struct SubjectAccess {
  SubjectKind kind = SubjectKind::kPerson;
  bool active = true;
  std::vector<HeldRole> held;
};

// Who changes access, as his verified token says. A store acts on it only while it is true: when he
// lost his rights since the token was issued, the change is refused in the same statement.
struct Authority {
  base::UserId user_id;
  absl::Time issued_at;
  std::vector<std::string> permissions;
};

// How a change of access ended; the numbers are those of the database's functions.
enum class AccessOutcome {
  kDone = 1,
  kAuthorityOutdated = 2,  // the caller's rights changed since his token was issued
  kSubjectUnknown = 3,
  kRoleUnknown = 4,
  kPermissionMissing = 5,  // the caller lacks what he would hand on, or take away
  kTooManyRoles = 6,
  kNotHeld = 7,
  kBuiltIn = 8,
  kRoleInUse = 9,
  kVersionMismatch = 10,
  kRoleExists = 11,
  kAccountUnknown = 12,  // a service account
  kKeyUnknown = 13,      // an API key
  kNameTaken = 14,
  kTooManyKeys = 15,
};

struct AccessDecision {
  AccessOutcome outcome = AccessOutcome::kDone;
  std::string missing_permission;  // of kPermissionMissing
};

}  // namespace signet::domain

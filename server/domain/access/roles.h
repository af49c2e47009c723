#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/access_store.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// The roles there are. A role is made of permissions that this server knows and of
// application permissions. Nobody makes, widens, narrows or removes one by a permission that he
// does not hold himself: PERMISSION_MISSING. Built-in roles never change: ROLE_BUILT_IN.
// Thread-safe.
class Roles {
 public:
  Roles(AccessStore& store, AuditTrail& audit, const TokenLifetimes& lifetimes)
      : store_(store), audit_(audit), lifetimes_(lifetimes) {}

  // FIELD_INVALID for a permission that is none; CONFLICT when the name is taken.
  absl::StatusOr<Role> Create(const Caller& caller, Role role, const CallInfo& call);

  // ROLE_UNKNOWN.
  absl::StatusOr<Role> Get(absl::string_view name);

  // By name, after `after` (empty: from the first), at most `limit`.
  absl::StatusOr<std::vector<Role>> List(absl::string_view after, int limit);

  // Whoever holds the role has the new permissions from his next refresh on, and none of the
  // removed ones any more: tokens that say otherwise are refused everywhere within a second.
  absl::StatusOr<Role> Update(const Caller& caller, RoleChange change, const CallInfo& call);

  // ROLE_IN_USE while somebody holds it.
  absl::Status Delete(const Caller& caller, absl::string_view name, const CallInfo& call);

 private:
  AccessStore& store_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

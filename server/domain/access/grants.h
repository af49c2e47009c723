#pragma once

#include <optional>
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

// Who holds which role. Nobody hands on, or takes from others, what he does not hold
// himself (PERMISSION_MISSING, naming what he lacks), and nobody gives a role to himself
// (SELF_GRANT). The last administrator who stays, i.e. an active person who holds `admin` without
// an expiry, keeps the role (LAST_ADMINISTRATOR). Thread-safe.
class Grants {
 public:
  Grants(AccessStore& store, AuditTrail& audit, const TokenLifetimes& lifetimes)
      : store_(store), audit_(audit), lifetimes_(lifetimes) {}

  // Gives a role, or sets another expiry where it is held already. It is in the subject's tokens
  // from the next refresh or login on, none of which outlives the expiry. FIELD_INVALID for an
  // expiry that is not in the future; ROLE_UNKNOWN, SUBJECT_UNKNOWN, TOO_MANY_ROLES.
  absl::Status Give(const Caller& caller, const NewGrant& grant, const CallInfo& call);

  // Takes a role away. The subject's sessions go on without it; every token that says it is
  // refused everywhere within a second. Anybody may give up his own. GRANT_UNKNOWN,
  // SUBJECT_UNKNOWN.
  absl::Status Take(const Caller& caller, SubjectId subject, absl::string_view role,
                    const CallInfo& call);

  // What a subject holds at this time, by role.
  absl::StatusOr<std::vector<RoleGrant>> Of(SubjectId subject, const CallInfo& call);

  // Who holds a role at this time, by subject, after `after`. At most `limit` are read, so that
  // fewer may be left where some have expired; `last` is the last one read.
  struct Holders {
    std::vector<RoleGrant> grants;
    std::optional<SubjectId> last;  // set when `limit` were read: there may be more
  };
  absl::StatusOr<Holders> HoldersOf(absl::string_view role, std::optional<SubjectId> after,
                                    int limit, const CallInfo& call);

 private:
  AccessStore& store_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

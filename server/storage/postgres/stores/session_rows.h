#pragma once

#include <vector>

#include "server/domain/access/held_role.h"
#include "server/domain/sessions/session.h"
#include "server/storage/postgres/rows.h"

// The facts of the roles that `holder`, a row of users or service accounts, holds: what ReadRoles()
// reads. Nobody's roles cost nothing.
#define SIGNET_ROLE_FACTS(holder) \
  " CASE WHEN " holder            \
  ".roles = '{}' THEN '{}'"       \
  " ELSE signet.role_facts(" holder ".id, " holder ".roles) END AS role_facts "

// The columns of a domain::SessionGrant, in the order that ReadGrant() reads: `s` is the session,
// `u` the user, `l` the lineage.
#define SIGNET_GRANT_COLUMNS                                                              \
  " s.id, s.user_id, u.email, u.roles, s.client_id, s.audience, s.scopes, s.acr, s.amr, " \
  " s.authenticated_at, l.expires_at, u.not_before, " SIGNET_ROLE_FACTS("u")

namespace signet::storage {

inline constexpr int kGrantColumns = 13;

// The roles whose names stand in column `names` and whose facts in column `facts`.
std::vector<domain::HeldRole> ReadRoles(const Rows& rows, int row, int names, int facts);

// Reads a grant that begins at column `first`.
domain::SessionGrant ReadGrant(const Rows& rows, int row, int first);

}  // namespace signet::storage

#pragma once

#include "server/domain/sessions/session.h"
#include "server/storage/postgres/rows.h"

// The columns of a domain::SessionGrant, in the order that ReadGrant() reads: `s` is the session,
// `u` the user, `l` the lineage.
#define SIGNET_GRANT_COLUMNS                                                              \
  " s.id, s.user_id, u.email, u.roles, s.client_id, s.audience, s.scopes, s.acr, s.amr, " \
  " s.authenticated_at, l.expires_at, u.not_before "

namespace signet::storage {

inline constexpr int kGrantColumns = 12;

// Reads a grant that begins at column `first`.
domain::SessionGrant ReadGrant(const Rows& rows, int row, int first);

}  // namespace signet::storage

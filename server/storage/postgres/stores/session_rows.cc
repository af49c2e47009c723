#include "server/storage/postgres/stores/session_rows.h"

namespace signet::storage {

domain::SessionGrant ReadGrant(const Rows& rows, int row, int first) {
  domain::SessionGrant grant;
  grant.session_id = rows.As<base::SessionId>(row, first);
  grant.user_id = rows.As<base::UserId>(row, first + 1);
  grant.email = rows.String(row, first + 2);
  grant.roles = rows.TextArray(row, first + 3);
  grant.client_id = rows.String(row, first + 4);
  grant.audience = rows.String(row, first + 5);
  grant.scopes = rows.TextArray(row, first + 6);
  grant.acr = rows.String(row, first + 7);
  grant.amr = rows.TextArray(row, first + 8);
  grant.authenticated_at = rows.Time(row, first + 9);
  grant.lineage_expires_at = rows.Time(row, first + 10);
  grant.user_not_before = rows.OptionalTime(row, first + 11).value_or(absl::InfinitePast());
  return grant;
}

}  // namespace signet::storage

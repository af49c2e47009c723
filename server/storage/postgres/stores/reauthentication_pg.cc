// SessionStorePg's step-up: a fresh authentication within a session.

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"
#include "server/storage/postgres/stores/factor_params.h"
#include "server/storage/postgres/stores/session_rows.h"
#include "server/storage/postgres/stores/session_store_pg.h"

namespace signet::storage {
namespace {

// Locks as kOpen does: a password change that runs at the same time is waited for and then seen.
// The lineage is only read. Whoever ends it at the same time revokes the session, and with it the
// token that is made of this answer.
constexpr ServiceStatement kReauthenticate{"reauthenticate", R"sql(
  WITH u AS MATERIALIZED (
    SELECT users.id, users.email, users.roles, users.not_before, users.second_factor
      FROM signet.users
     WHERE users.id = $1 AND users.status = 1
       FOR SHARE
  ), valid AS MATERIALIZED (
    SELECT u.* FROM u JOIN signet.password_credentials AS c ON c.user_id = u.id
     WHERE c.version = $3
       FOR SHARE OF c
  ), l AS MATERIALIZED (
    SELECT l.* FROM valid JOIN signet.lineages AS l ON l.user_id = valid.id AND l.session_id = $2
     WHERE l.end_reason IS NULL AND l.expires_at > $6
  ), proved AS (
    UPDATE signet.second_factors AS f
       SET last_step = coalesce($7::bigint, f.last_step),
           recovery_hashes = array_remove(f.recovery_hashes, $8::bytea),
           failures = 0, refused_until = '-infinity'
      FROM valid, l
     WHERE valid.second_factor AND f.user_id = valid.id AND f.confirmed_at IS NOT NULL
       AND (f.last_step < $7 OR $8 = ANY (f.recovery_hashes))
    RETURNING f.user_id
  ), s AS (
    UPDATE signet.sessions AS s SET acr = $4, amr = $5, authenticated_at = $6
      FROM l, valid
     WHERE (NOT valid.second_factor OR EXISTS (SELECT FROM proved)) AND s.user_id = l.user_id AND s.id = l.session_id
    RETURNING s.*
  ),)sql" SIGNET_AUDITED("$9::signet.audit_row", "s") R"sql(
  SELECT)sql" SIGNET_GRANT_COLUMNS "FROM s, l, valid AS u"};

}  // namespace

absl::StatusOr<std::optional<domain::SessionGrant>> SessionStorePg::Reauthenticate(
    const domain::Reauthentication& again, const domain::AuditRecord& audit) {
  Params params;
  params.Add(again.user_id)
      .Add(again.session_id)
      .Add(again.password_version)
      .Add(again.acr)
      .AddArray(again.amr)
      .Add(again.now);
  AddProof(again.factor, params);
  params.Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReauthenticate, params));
  if (rows.empty()) return std::optional<domain::SessionGrant>();
  return std::optional<domain::SessionGrant>(ReadGrant(rows, 0, 0));
}

}  // namespace signet::storage

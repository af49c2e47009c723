// SessionStorePg's first half: sessions begin and end.

#include "server/storage/postgres/stores/session_store_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/mail_row.h"
#include "server/storage/postgres/service_statement.h"
#include "server/storage/postgres/stores/factor_params.h"
#include "server/storage/postgres/stores/session_rows.h"

namespace signet::storage {
namespace {

// FOR SHARE on the user: a password change or a logout of everything that runs at the same time is
// either waited for and then seen, or finds this session and ends it. Without it a session opened
// with the old password could outlive the change. The same holds for a second factor that is set
// up. Of parallel uses of one factor the row lock lets one through, which the others then see. A
// session id that exists is a challenge that was met before. Nobody is told of the device of a
// first login: the parts of a statement see the sessions of before it.
constexpr ServiceStatement kOpen{"open_session", R"sql(
  WITH u AS MATERIALIZED (
    SELECT users.id, users.email, users.roles, users.not_before, users.second_factor,
           users.created_at
      FROM signet.users
     WHERE users.id = $2 AND users.status = 1
       FOR SHARE
  ), valid AS MATERIALIZED (
    SELECT u.* FROM u JOIN signet.password_credentials AS c ON c.user_id = u.id
     WHERE c.version = $3
       FOR SHARE OF c
  ), proved AS (
    UPDATE signet.second_factors AS f
       SET last_step = coalesce($16::bigint, f.last_step),
           recovery_hashes = array_remove(f.recovery_hashes, $17::bytea),
           failures = 0, refused_until = '-infinity'
      FROM valid
     WHERE valid.second_factor AND f.user_id = valid.id AND f.confirmed_at IS NOT NULL
       AND (f.last_step < $16 OR $17 = ANY (f.recovery_hashes))
    RETURNING f.user_id
  ), s AS (
    INSERT INTO signet.sessions
      (user_id, id, client_id, audience, scopes, device_name, acr, amr, address, user_agent,
       created_at, authenticated_at, kind)
    SELECT id, $1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $22::smallint FROM valid
     WHERE NOT valid.second_factor OR EXISTS (SELECT FROM proved)
    ON CONFLICT DO NOTHING
    RETURNING *
  ), l AS (
    INSERT INTO signet.lineages
      (user_id, session_id, generation, leaf_hash, rotated_at, expires_at, recorded_at)
    SELECT user_id, id, 0, $14, $12, $13, CASE kind WHEN 2 THEN $12 END FROM s
    RETURNING *
  ), written AS (
    INSERT INTO signet.lineage_history
      (user_id, session_id, kind, generation, at, secret_hash, address, user_agent)
    SELECT user_id, id, 1, 0, created_at, $14, address, user_agent FROM s
  ), settled AS (
    UPDATE signet.attempt_guards AS g
       SET pending = greatest(g.pending - $20::integer, 0), failures = 0, held_until = NULL,
           locked_until = NULL
      FROM s WHERE g.subject = $18 AND g.device = $19
  ), mailed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($21::signet.mail_row).* FROM s, valid
     WHERE ($21::signet.mail_row).id IS NOT NULL
       AND (valid.created_at < $12::timestamptz - interval '1 day' OR EXISTS (
              SELECT FROM signet.sessions AS earlier WHERE earlier.user_id = valid.id))
  ),)sql" SIGNET_AUDITED("$15::signet.audit_row", "s") R"sql(
  SELECT)sql" SIGNET_GRANT_COLUMNS "FROM s, l, valid AS u"};

// count(*) drains the update first: the lineage is locked before the row that orders revocations,
// in this order everywhere, so that two revoking statements cannot wait for each other.
constexpr ServiceStatement kEnd{"end_session", R"sql(
  WITH dead AS (
    UPDATE signet.lineages SET end_reason = $3
     WHERE user_id = $1 AND session_id = $2 AND end_reason IS NULL
    RETURNING user_id, session_id, generation
  ), closed AS (
    UPDATE signet.sessions AS s SET ended_at = $6, end_reason = $3
      FROM dead WHERE s.user_id = dead.user_id AND s.id = dead.session_id
  ), written AS (
    INSERT INTO signet.lineage_history
      (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
    SELECT user_id, session_id, CASE WHEN $8::integer IS NULL THEN 5 ELSE 4 END,
           coalesce($8::integer, generation), $3, $6, $4, $5
      FROM dead
  ), head AS (
    UPDATE signet.revocation_head SET last = last + 1 WHERE (SELECT count(*) FROM dead) > 0
    RETURNING last
  ), logged AS (
    INSERT INTO signet.revocation_log (sequence, kind, subject, recorded_at, expires_at)
    SELECT head.last, 2, dead.session_id::text, $6, $7 FROM head, dead
    RETURNING sequence
  ),)sql" SIGNET_AUDITED("$9::signet.audit_row", "dead") R"sql(
  SELECT pg_notify('signet_changes', '') FROM logged)sql"};

constexpr ServiceStatement kEndAll{"end_all_sessions",
                                   "SELECT signet.end_all_sessions($1, $2, $3, $4, $5, $6)"};

Params OpenParams(const domain::NewSession& session, const domain::AuditRecord& audit) {
  Params params;
  params.Add(session.session_id)
      .Add(session.user_id)
      .Add(session.password_version)
      .Add(session.client_id)
      .Add(session.audience)
      .AddArray(session.scopes)
      .Add(session.device_name)
      .Add(session.acr)
      .AddArray(session.amr)
      .Add(session.peer.address)
      .Add(session.peer.user_agent)
      .Add(session.now)
      .Add(session.lineage_expires_at)
      .Add(Bytea{session.leaf_hash})
      .Add(AuditRowText(audit));
  AddProof(session.factor, params);
  if (session.door) {
    params.Add(session.door->subject).Add(session.door->device);
  } else {
    params.AddNull().AddNull();
  }
  params.Add(session.attempts_settled)
      .Add(MailRowText(session.new_device))
      .Add(static_cast<int32_t>(session.kind));
  return params;
}

}  // namespace

absl::StatusOr<std::optional<domain::SessionGrant>> SessionStorePg::Open(
    const domain::NewSession& session, const domain::AuditRecord& audit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kOpen, OpenParams(session, audit)));
  if (rows.empty()) return std::optional<domain::SessionGrant>();
  return std::optional<domain::SessionGrant>(ReadGrant(rows, 0, 0));
}

absl::StatusOr<bool> SessionStorePg::End(base::UserId user, base::SessionId session,
                                         domain::EndReason reason, const domain::Peer& peer,
                                         absl::Time now, absl::Time revocation_expires_at,
                                         std::optional<int32_t> presented_generation,
                                         const domain::AuditRecord& audit) {
  Params params;
  params.Add(user)
      .Add(session)
      .Add(static_cast<int32_t>(reason))
      .Add(peer.address)
      .Add(peer.user_agent)
      .Add(now)
      .Add(revocation_expires_at)
      .Add(presented_generation)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kEnd, params));
  return !rows.empty();
}

absl::StatusOr<int64_t> SessionStorePg::EndAll(base::UserId user, domain::EndReason reason,
                                               absl::Time now, absl::Time not_before,
                                               absl::Time revocation_expires_at,
                                               const domain::AuditRecord& audit) {
  Params params;
  params.Add(user)
      .Add(static_cast<int32_t>(reason))
      .Add(now)
      .Add(not_before)
      .Add(revocation_expires_at)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kEndAll, params));
  return rows.Int64(0, 0);
}

}  // namespace signet::storage

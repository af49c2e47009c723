#include "server/storage/postgres/stores/revocation_store_pg.h"

#include "client/base/ids.h"
#include "client/base/status_macros.h"
#include "server/domain/sessions/session.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

constexpr ServiceStatement kAppendRevocation{"append_revocation",
                                             "SELECT signet.append_revocation($1, $2, $3, $4, $5)"};

constexpr ServiceStatement kAppendAudited{
    "append_audited_revocation",
    "WITH" SIGNET_AUDITED(
        "$6::signet.audit_row",
        "(SELECT) AS once") "SELECT signet.append_revocation($1, $2, $3, $4, $5)"};

// Of two processes that write the same record back, both may; what it ends is ended once.
constexpr ServiceStatement kRestore{"restore_revocation", R"sql(
  WITH named AS (
    SELECT user_id, id FROM signet.sessions WHERE $1::smallint = 2 AND id = $6::uuid
    UNION ALL
    SELECT user_id, id FROM signet.sessions
     WHERE $1::smallint = 3 AND user_id = $6::uuid AND created_at < $3::timestamptz
  ), dead AS (
    UPDATE signet.lineages AS l SET end_reason = $8::smallint
      FROM named AS n
     WHERE l.user_id = n.user_id AND l.session_id = n.id AND l.end_reason IS NULL
    RETURNING l.user_id, l.session_id, l.generation
  ), closed AS (
    UPDATE signet.sessions AS s SET ended_at = $7::timestamptz, end_reason = $8::smallint
      FROM dead AS d WHERE s.user_id = d.user_id AND s.id = d.session_id
  ), written AS (
    INSERT INTO signet.lineage_history
      (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
    SELECT user_id, session_id, 5, generation, $8::smallint, $7::timestamptz, '', '' FROM dead
  ), cut AS (
    UPDATE signet.users SET not_before = greatest(not_before, $3::timestamptz)
     WHERE $1::smallint = 3 AND id = $6::uuid
  )
  SELECT signet.append_revocation($1, $2, $3, $4, $5)
   WHERE NOT EXISTS (
     SELECT FROM signet.revocation_log
      WHERE kind = $1 AND subject = $2 AND recorded_at = $4))sql"};

// The head and the records come from one snapshot. A row with a head and no record stands for an
// empty page.
constexpr ServiceStatement kReadAfter{"read_revocations", R"sql(
  SELECT h.last, r.sequence, r.kind, r.subject, r.not_before, r.recorded_at, r.expires_at,
         (SELECT recorded_at FROM signet.revocation_log WHERE sequence = $1 LIMIT 1),
         (SELECT recorded_at FROM signet.revocation_log WHERE sequence = h.last LIMIT 1)
    FROM signet.revocation_head AS h
    LEFT JOIN LATERAL (
      SELECT * FROM signet.revocation_log
       WHERE sequence > $1 AND expires_at > $2
       ORDER BY sequence LIMIT $3) AS r ON true
   ORDER BY r.sequence)sql"};

Params RecordParams(const token::RevocationRecord& record) {
  Params params;
  params.Add(static_cast<int32_t>(record.kind)).Add(record.subject);
  if (record.kind == token::RevocationKind::kUser ||
      record.kind == token::RevocationKind::kTenant) {
    params.Add(record.not_before);
  } else {
    params.AddNull();
  }
  params.Add(record.recorded_at).Add(record.expires_at);
  return params;
}

}  // namespace

absl::StatusOr<int64_t> RevocationStorePg::Append(const token::RevocationRecord& record) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kAppendRevocation, RecordParams(record)));
  return rows.Int64(0, 0);
}

absl::StatusOr<int64_t> RevocationStorePg::AppendAudited(const token::RevocationRecord& record,
                                                         const domain::AuditRecord& audit) {
  Params params = RecordParams(record);
  params.Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kAppendAudited, params));
  return rows.Int64(0, 0);
}

absl::Status RevocationStorePg::Restore(const token::RevocationRecord& record, absl::Time now) {
  Params params = RecordParams(record);
  // Subjects of other kinds are no rows of ours.
  params.Add(base::Uuid::FromString(record.subject))
      .Add(now)
      .Add(static_cast<int32_t>(domain::EndReason::kRevoked));
  return pool_.Execute(kRestore, params).status();
}

absl::StatusOr<domain::RevocationStore::Page> RevocationStorePg::ReadAfter(int64_t after,
                                                                           absl::Time now,
                                                                           int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kReadAfter, Params().Add(after).Add(now).Add(limit)));
  Page page;
  page.head = rows.Int64(0, 0);
  page.after_recorded_at = rows.OptionalTime(0, 7);
  page.head_recorded_at = rows.OptionalTime(0, 8);
  if (rows.IsNull(0, 1)) return page;
  for (int i = 0; i < rows.size(); ++i) {
    token::RevocationRecord& record = page.records.emplace_back();
    record.sequence = rows.Int64(i, 1);
    record.kind = static_cast<token::RevocationKind>(rows.Int32(i, 2));
    record.subject = rows.String(i, 3);
    if (const auto not_before = rows.OptionalTime(i, 4)) record.not_before = *not_before;
    record.recorded_at = rows.Time(i, 5);
    record.expires_at = rows.Time(i, 6);
  }
  return page;
}

}  // namespace signet::storage

#include "server/storage/postgres/stores/revocation_store_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

constexpr ServiceStatement kAppend{"append_revocation",
                                   "SELECT signet.append_revocation($1, $2, $3, $4, $5)"};

constexpr ServiceStatement kAppendAudited{
    "append_audited_revocation",
    "WITH" SIGNET_AUDITED(
        "$6::signet.audit_row",
        "(SELECT) AS once") "SELECT signet.append_revocation($1, $2, $3, $4, $5)"};

// The head and the records come from one snapshot. A row with a head and no record stands for an
// empty page.
constexpr ServiceStatement kReadAfter{"read_revocations", R"sql(
  SELECT h.last, r.sequence, r.kind, r.subject, r.not_before, r.recorded_at, r.expires_at
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
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kAppend, RecordParams(record)));
  return rows.Int64(0, 0);
}

absl::StatusOr<int64_t> RevocationStorePg::AppendAudited(const token::RevocationRecord& record,
                                                         const domain::AuditRecord& audit) {
  Params params = RecordParams(record);
  params.Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kAppendAudited, params));
  return rows.Int64(0, 0);
}

absl::StatusOr<domain::RevocationStore::Page> RevocationStorePg::ReadAfter(int64_t after,
                                                                           absl::Time now,
                                                                           int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kReadAfter, Params().Add(after).Add(now).Add(limit)));
  Page page;
  page.head = rows.Int64(0, 0);
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

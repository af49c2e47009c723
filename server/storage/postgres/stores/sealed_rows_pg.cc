#include "server/storage/postgres/stores/sealed_rows_pg.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/conninfo.h"

namespace signet::storage {
namespace {

using domain::SealedRow;

constexpr Statement kReadAll{"read_sealed_rows", R"sql(
  SELECT 0, name, '', false, sealed, kek_id FROM signet.server_secrets
   UNION ALL
  SELECT 1, kid, algorithm, state IN (5, 6), sealed_private, kek_id FROM signet.signing_keys
   ORDER BY 1, 2)sql"};

constexpr Statement kBegin{"begin", "BEGIN"};
constexpr Statement kRollback{"rollback", "ROLLBACK"};
constexpr Statement kCommit{"commit", "COMMIT"};
constexpr Statement kPatience{"lock_timeout", "SELECT set_config('lock_timeout', $1, true)"};
// Whoever adds or moves a key, or adds a secret, locks this row first and judges it anew then.
constexpr Statement kHold{"hold_signing_key_head",
                          "SELECT FROM signet.signing_key_head FOR NO KEY UPDATE"};
constexpr Statement kCount{"count_sealed_rows", R"sql(
  SELECT (SELECT count(*) FROM signet.server_secrets)
       + (SELECT count(*) FROM signet.signing_keys))sql"};
constexpr Statement kReplaceSecret{"reseal_server_secret", R"sql(
  UPDATE signet.server_secrets SET sealed = $1, kek_id = $2
   WHERE name = $3 AND sealed = $4 AND kek_id = $5)sql"};
constexpr Statement kReplaceKey{"reseal_signing_key", R"sql(
  UPDATE signet.signing_keys SET sealed_private = $1, kek_id = $2
   WHERE kid = $3 AND sealed_private = $4 AND kek_id = $5)sql"};
constexpr Statement kAuditReseal{"audit_reseal",
                                 "SELECT signet.append_audit($1::signet.audit_row)"};
constexpr Statement kWake{"wake_for_reseal", R"sql(
  WITH head AS (UPDATE signet.signing_key_head SET version = version + 1, kek_id = $1
                 RETURNING version)
  SELECT pg_notify('signet_changes', '') FROM head)sql"};

}  // namespace

absl::StatusOr<std::unique_ptr<SealedRowsPg>> SealedRowsPg::Open(const std::string& conninfo) {
  SIGNET_ASSIGN_OR_RETURN(Conninfo complete, Conninfo::Parse(conninfo));
  complete.Default("application_name", "signetd keys reseal")
      .Default("connect_timeout", "5")
      .Set("client_encoding", "UTF8")
      .DefaultSetting("TimeZone", "UTC")
      .DefaultSetting("DateStyle", "ISO")
      .DefaultToPrimary();
  SIGNET_ASSIGN_OR_RETURN(auto connection, Connection::Open(complete.ToString()));
  return std::unique_ptr<SealedRowsPg>(new SealedRowsPg(std::move(connection)));
}

absl::StatusOr<Rows> SealedRowsPg::Execute(const Statement& statement, const Params& params) {
  std::string sqlstate;
  auto rows = connection_->Execute(statement, params, sqlstate);
  if (sqlstate == "55P03") {
    return absl::UnavailableError(absl::StrCat("somebody else held what is to be changed for ",
                                               absl::FormatDuration(kLockPatience),
                                               ": nothing was changed; try again"));
  }
  if (sqlstate == "42501") {
    return absl::FailedPreconditionError(
        "database.owner_url is not the owner of the schema: as for signetd migrate");
  }
  return rows;
}

absl::StatusOr<std::vector<SealedRow>> SealedRowsPg::ReadAll() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, Execute(kReadAll));
  std::vector<SealedRow> all;
  for (int i = 0; i < rows.size(); ++i) {
    SealedRow row;
    row.kind =
        rows.Int32(i, 0) == 0 ? SealedRow::Kind::kServerSecret : SealedRow::Kind::kSigningKey;
    row.name = rows.String(i, 1);
    row.algorithm = rows.String(i, 2);
    row.over = rows.Bool(i, 3);
    row.sealed = rows.Bytes(i, 4);
    row.kek_id = rows.String(i, 5);
    all.push_back(std::move(row));
  }
  return all;
}

absl::StatusOr<bool> SealedRowsPg::Replace(const std::vector<domain::ResealedRow>& rows,
                                           size_t rows_read, const std::string& kek_id,
                                           const domain::AuditRecord& audit) {
  SIGNET_RETURN_IF_ERROR(Execute(kBegin).status());
  auto written = Write(rows, rows_read, kek_id, audit);
  if (written.ok() && *written) return written;
  // Where the connection is gone, so is the transaction.
  (void)Execute(kRollback);
  return written;
}

absl::StatusOr<bool> SealedRowsPg::Write(const std::vector<domain::ResealedRow>& rows,
                                         size_t rows_read, const std::string& kek_id,
                                         const domain::AuditRecord& audit) {
  Params patience;
  patience.Add(absl::StrCat(absl::ToInt64Milliseconds(kLockPatience)));
  SIGNET_RETURN_IF_ERROR(Execute(kPatience, patience).status());
  SIGNET_RETURN_IF_ERROR(Execute(kHold).status());
  SIGNET_ASSIGN_OR_RETURN(const Rows count, Execute(kCount));
  if (count.Int64(0, 0) != static_cast<int64_t>(rows_read)) return false;
  for (const domain::ResealedRow& row : rows) {
    Params params;
    params.Add(Bytea{row.sealed}).Add(kek_id).Add(row.before.name).Add(Bytea{row.before.sealed});
    params.Add(row.before.kek_id);
    const bool secret = row.before.kind == SealedRow::Kind::kServerSecret;
    SIGNET_ASSIGN_OR_RETURN(const Rows changed,
                            Execute(secret ? kReplaceSecret : kReplaceKey, params));
    if (changed.affected() != 1) return false;
  }
  Params head;
  head.Add(kek_id);
  SIGNET_RETURN_IF_ERROR(Execute(kWake, head).status());
  Params event;
  event.Add(AuditRowText(audit));
  SIGNET_RETURN_IF_ERROR(Execute(kAuditReseal, event).status());
  SIGNET_RETURN_IF_ERROR(Execute(kCommit).status());
  return true;
}

}  // namespace signet::storage

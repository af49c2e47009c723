// UserStorePg's other half: people who come from elsewhere, and what is kept of those who go.

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"
#include "server/storage/postgres/stores/user_store_pg.h"

namespace signet::storage {
namespace {

// In the order of the addresses, so that two imports that meet on several of them wait for each
// other in one order. A credential for everybody: without a password an empty hash, which nothing
// matches.
constexpr ServiceStatement kImport{"import_users", R"sql(
  WITH line AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
                         $6::smallint[], $7::timestamptz[]) WITH ORDINALITY
      AS l (id, email, canonical, hash, display_name, status, created_at, n)
  ), person AS (
    INSERT INTO signet.users
      (id, email, email_canonical, display_name, status, created_at, updated_at)
    SELECT id, email, canonical, display_name, status, created_at, $8 FROM line ORDER BY canonical
    ON CONFLICT (email_canonical) DO NOTHING
    RETURNING id
  ), credential AS (
    INSERT INTO signet.password_credentials (user_id, hash, changed_at)
    SELECT person.id, line.hash, $8 FROM person JOIN line ON line.id = person.id
  ),)sql" SIGNET_AUDITED("$9::signet.audit_row", "(SELECT FROM person LIMIT 1) AS once") R"sql(
  SELECT person.id IS NOT NULL, coalesce(person.id, other.id)
    FROM line
    LEFT JOIN person ON person.id = line.id
    LEFT JOIN signet.users AS other ON other.email_canonical = line.canonical
   ORDER BY line.n)sql"};

constexpr ServiceStatement kExport{"export_person", R"sql(
  SELECT part, record, event_id, content, sealed
    FROM signet.export_person($1) WITH ORDINALITY AS e (part, record, event_id, content, sealed, n)
   WHERE n > $2 ORDER BY n LIMIT $3)sql"};

constexpr ServiceStatement kEraseUser{
    "erase_person", "SELECT outcome, ended FROM signet.erase_person($1, $2, $3, $4, $5, $6)"};

}  // namespace

absl::StatusOr<std::vector<domain::ImportResult>> UserStorePg::Import(
    const std::vector<domain::ImportedUser>& users, absl::Time now,
    const domain::AuditRecord& audit) {
  ArrayText ids, emails, canonicals, hashes, names, statuses, created;
  for (const domain::ImportedUser& user : users) {
    ids.Append(user.id.ToString());
    emails.Append(user.email);
    canonicals.Append(user.canonical_email);
    hashes.Append(user.password_hash);
    names.Append(user.display_name);
    statuses.Append(static_cast<int64_t>(user.status));
    created.Append(user.created_at);
  }
  Params params;
  for (ArrayText* array : {&ids, &emails, &canonicals, &hashes, &names, &statuses, &created}) {
    params.Add(array->Take());
  }
  params.Add(now).Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kImport, params));
  std::vector<domain::ImportResult> results;
  for (int i = 0; i < rows.size(); ++i) {
    domain::ImportResult result;
    result.inserted = rows.Bool(i, 0);
    if (!rows.IsNull(i, 1)) result.id = rows.As<base::UserId>(i, 1);
    results.push_back(result);
  }
  return results;
}

absl::StatusOr<std::vector<domain::KeptRecord>> UserStorePg::Export(base::UserId id, int64_t skip,
                                                                    int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kExport, Params().Add(id).Add(skip).Add(limit)));
  std::vector<domain::KeptRecord> records;
  for (int i = 0; i < rows.size(); ++i) {
    domain::KeptRecord& kept = records.emplace_back();
    kept.table = rows.String(i, 0);
    kept.record = rows.String(i, 1);
    if (rows.IsNull(i, 2)) continue;
    kept.event.emplace();
    kept.event->id = rows.As<domain::AuditEventId>(i, 2);
    kept.event->content = rows.Bytes(i, 3);
    if (!rows.IsNull(i, 4)) kept.event->sealed_personal = rows.Bytes(i, 4);
  }
  return records;
}

absl::StatusOr<domain::AccountClosing> UserStorePg::Erase(base::UserId id, const Closing& closing,
                                                          const domain::AuditRecord& audit) {
  Params params;
  params.Add(id)
      .Add(static_cast<int32_t>(closing.reason))
      .Add(closing.now)
      .Add(closing.not_before)
      .Add(closing.revocation_expires_at)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kEraseUser, params));
  return domain::AccountClosing{static_cast<domain::AccountClosing::Outcome>(rows.Int32(0, 0)),
                                rows.Int64(0, 1)};
}

}  // namespace signet::storage

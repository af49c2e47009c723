#include "server/storage/postgres/stores/account_store_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/mail_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

constexpr ServiceStatement kInsert{"insert_account", R"sql(
  WITH person AS (
    INSERT INTO signet.users (id, email, email_canonical, roles, created_at, updated_at)
    VALUES ($1, $2, $3, $5, $6, $6)
    ON CONFLICT (email_canonical) DO NOTHING
    RETURNING id
  ), credential AS (
    INSERT INTO signet.password_credentials (user_id, hash, changed_at)
    SELECT id, $4, $6 FROM person
  ), token AS (
    INSERT INTO signet.email_tokens (user_id, purpose, secret_hash, issued_at, expires_at)
    SELECT id, 1, $7, $6, $8 FROM person WHERE ($9::signet.mail_row).id IS NOT NULL
  ), welcomed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($9::signet.mail_row).* FROM person WHERE ($9::signet.mail_row).id IS NOT NULL
  ), attempt AS (
    INSERT INTO signet.mail_pauses AS p (user_id, kind, sent_at)
    SELECT u.id, 11, $6 FROM signet.users AS u
     WHERE u.email_canonical = $3 AND NOT EXISTS (SELECT FROM person)
       AND ($10::signet.mail_row).id IS NOT NULL
    ON CONFLICT (user_id, kind) DO UPDATE
       SET sent_at = CASE WHEN p.sent_at <= $6::timestamptz - interval '1 hour' THEN excluded.sent_at
                          ELSE p.sent_at END
    RETURNING sent_at
  ), warned AS (
    INSERT INTO signet.mail_outbox
    SELECT ($10::signet.mail_row).* FROM attempt WHERE sent_at = $6
  ), event AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT FROM person)
                THEN $11::signet.audit_row ELSE $12::signet.audit_row END AS row
  ),)sql" SIGNET_AUDITED("event.row", "event") R"sql(
  SELECT id FROM person)sql"};

constexpr ServiceStatement kInsertFirstAdministrator{
    "insert_first_administrator",
    R"sql(
  WITH inserted AS MATERIALIZED (
    SELECT signet.insert_first_verified_administrator($1, $2, $3, $4, $5, $6) AS done
  ),)sql" SIGNET_AUDITED("$7::signet.audit_row",
                         "(SELECT FROM inserted WHERE done) AS once") "SELECT done FROM inserted"};

constexpr ServiceStatement kFindByEmail{"find_by_email", R"sql(
  SELECT u.id, u.status, u.email, c.hash, c.version, u.roles, u.email_verified_at IS NOT NULL,
         u.second_factor
    FROM signet.users AS u JOIN signet.password_credentials AS c ON c.user_id = u.id
   WHERE u.email_canonical = $1)sql"};

constexpr ServiceStatement kFindById{"find_by_id", R"sql(
  SELECT u.id, u.status, u.email, c.hash, c.version, u.roles, u.email_verified_at IS NOT NULL,
         u.second_factor
    FROM signet.users AS u JOIN signet.password_credentials AS c ON c.user_id = u.id
   WHERE u.id = $1)sql"};

constexpr ServiceStatement kRehash{"rehash", R"sql(
  UPDATE signet.password_credentials SET hash = $3, version = version + 1
   WHERE user_id = $1 AND version = $2)sql"};

constexpr ServiceStatement kChangePassword{
    "change_password", R"sql(
  WITH changed AS MATERIALIZED (
    SELECT signet.change_password($1, $2, $3, $4, $5, $6) AS done
  ), mailed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($7::signet.mail_row).* FROM changed
     WHERE done AND ($7::signet.mail_row).id IS NOT NULL
  ),)sql" SIGNET_AUDITED("$8::signet.audit_row",
                         "(SELECT FROM changed WHERE done) AS once") "SELECT done FROM changed"};

Params AccountParams(const domain::NewAccount& account) {
  Params params;
  params.Add(account.user_id)
      .Add(account.email)
      .Add(account.canonical_email)
      .Add(account.password_hash)
      .AddArray(account.roles)
      .Add(account.created_at);
  return params;
}

std::optional<domain::LoginRecord> ReadLoginRecord(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  domain::LoginRecord record;
  record.user_id = rows.As<base::UserId>(0, 0);
  record.status = static_cast<domain::AccountStatus>(rows.Int32(0, 1));
  record.email = rows.String(0, 2);
  record.password_hash = rows.String(0, 3);
  record.password_version = rows.Int64(0, 4);
  record.roles = rows.TextArray(0, 5);
  record.email_verified = rows.Bool(0, 6);
  record.second_factor = rows.Bool(0, 7);
  return record;
}

}  // namespace

absl::StatusOr<bool> AccountStorePg::Insert(const domain::NewAccount& account,
                                            const domain::AuditRecord& made,
                                            const domain::AuditRecord& taken) {
  Params params = AccountParams(account);
  params.Add(Bytea{account.verification_hash})
      .Add(account.verification_expires_at)
      .Add(MailRowText(account.welcome))
      .Add(MailRowText(account.attempt))
      .Add(AuditRowText(made))
      .Add(AuditRowText(taken));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kInsert, params));
  return !rows.empty();
}

absl::StatusOr<bool> AccountStorePg::InsertFirstAdministrator(const domain::NewAccount& account,
                                                              const domain::AuditRecord& audit) {
  Params params = AccountParams(account);
  params.Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kInsertFirstAdministrator, params));
  return rows.Bool(0, 0);
}

absl::StatusOr<std::optional<domain::LoginRecord>> AccountStorePg::FindByEmail(
    absl::string_view canonical) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kFindByEmail, Params().Add(canonical)));
  return ReadLoginRecord(rows);
}

absl::StatusOr<std::optional<domain::LoginRecord>> AccountStorePg::FindById(base::UserId id) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kFindById, Params().Add(id)));
  return ReadLoginRecord(rows);
}

absl::StatusOr<bool> AccountStorePg::Rehash(base::UserId id, int64_t expected_version,
                                            absl::string_view new_hash) {
  SIGNET_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Execute(kRehash, Params().Add(id).Add(expected_version).Add(new_hash)));
  return rows.affected() == 1;
}

absl::StatusOr<bool> AccountStorePg::ChangePassword(
    base::UserId id, int64_t expected_version, absl::string_view new_hash,
    std::optional<base::SessionId> keep, absl::Time now, absl::Time revocation_expires_at,
    const domain::MailRow& told, const domain::AuditRecord& audit) {
  Params params;
  params.Add(id)
      .Add(expected_version)
      .Add(new_hash)
      .Add(keep)
      .Add(now)
      .Add(revocation_expires_at)
      .Add(MailRowText(told))
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kChangePassword, params));
  return rows.Bool(0, 0);
}

}  // namespace signet::storage

#include "server/storage/postgres/stores/service_account_store_pg.h"

#include <utility>

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/stores/session_rows.h"

namespace signet::storage {
namespace {

using domain::AccessDecision;
using domain::AccessOutcome;

// What every change begins with: $1 and $2 are whoever asks for it.
#define SIGNET_AUTHORITY \
  "WITH who AS MATERIALIZED (SELECT signet.lock_caller($1, $2, NULL) AS may) "

// Whether the caller may, and whether `call`, a function of the schema, did it.
#define SIGNET_DONE(call, audit)                                  \
  SIGNET_AUTHORITY                                                \
  ", tried AS MATERIALIZED (SELECT may, CASE WHEN may THEN " call \
  " END AS done FROM who)," SIGNET_AUDITED(                       \
      audit "::signet.audit_row",                                 \
      "(SELECT FROM tried WHERE done) AS once") " SELECT may, done FROM tried"

constexpr ServiceStatement kCreateAccount{"create_service_account", SIGNET_AUTHORITY R"sql(
  , made AS (
    INSERT INTO signet.service_accounts
      (id, name, description, created_by, created_at, updated_at)
    SELECT $3::uuid, $4, $5, $1, $6, $6 FROM who WHERE may
    ON CONFLICT (name) WHERE status <> 3 DO NOTHING
    RETURNING id
  ),)sql" SIGNET_AUDITED("$7::signet.audit_row", "made") R"sql(
  SELECT who.may, made.id IS NOT NULL FROM who LEFT JOIN made ON true)sql"};

#define SIGNET_ACCOUNT_COLUMNS " id, name, description, status, created_by, created_at, updated_at "

constexpr ServiceStatement kFindAccount{
    "find_service_account",
    "SELECT" SIGNET_ACCOUNT_COLUMNS "FROM signet.service_accounts WHERE id = $1 AND status <> 3"};

constexpr ServiceStatement kListAccounts{"list_service_accounts",
                                         "SELECT" SIGNET_ACCOUNT_COLUMNS
                                         "FROM signet.service_accounts"
                                         " WHERE status <> 3 AND ($1::uuid IS NULL OR id > $1)"
                                         " ORDER BY id LIMIT $2"};

constexpr ServiceStatement kSetStatus{
    "set_service_account_status",
    SIGNET_DONE("signet.set_service_account_status($3, $4, $5, $6)", "$7")};

// The account's row orders keys that are made at the same time.
constexpr ServiceStatement kCreateKey{"create_api_key", SIGNET_AUTHORITY R"sql(
  , account AS MATERIALIZED (
    SELECT a.id FROM signet.service_accounts AS a, who
     WHERE a.id = $3::uuid AND a.status <> 3 AND may
       FOR NO KEY UPDATE OF a
  ), working AS (
    SELECT count(*) AS keys FROM signet.api_keys
     WHERE service_account_id = $3 AND revoked_at IS NULL
       AND (expires_at IS NULL OR expires_at > $8)
  ), made AS (
    INSERT INTO signet.api_keys
      (id, service_account_id, name, secret_hash, scopes, created_by, created_at, expires_at)
    SELECT $4::uuid, account.id, $5, $6, $7, $1, $8, $9 FROM account, working
     WHERE working.keys < $10
    RETURNING id
  ),)sql" SIGNET_AUDITED("$11::signet.audit_row", "made") R"sql(
  SELECT who.may, account.id IS NOT NULL, made.id IS NOT NULL
    FROM who LEFT JOIN account ON true LEFT JOIN made ON true)sql"};

#define SIGNET_KEY_COLUMNS                                                                 \
  " id, service_account_id, name, scopes, created_by, created_at, expires_at, revoked_at," \
  " replaced_by, last_used_at "

constexpr ServiceStatement kFindKey{
    "find_api_key", "SELECT" SIGNET_KEY_COLUMNS "FROM signet.api_keys WHERE id = $1"};

constexpr ServiceStatement kListKeys{
    "list_api_keys", "SELECT" SIGNET_KEY_COLUMNS
                     "FROM signet.api_keys"
                     " WHERE service_account_id = $1 AND ($2::uuid IS NULL OR id > $2)"
                     " ORDER BY id LIMIT $3"};

// The guard is the WHERE of the update: of any number of rotations of one key exactly one finds it.
constexpr ServiceStatement kRotateKey{"rotate_api_key", SIGNET_AUTHORITY R"sql(
  , old AS (
    UPDATE signet.api_keys AS k
       SET expires_at = least(k.expires_at, $7), replaced_by = $4
      FROM who
     WHERE k.id = $3 AND may AND k.revoked_at IS NULL AND k.replaced_by IS NULL
       AND (k.expires_at IS NULL OR k.expires_at > $8)
    RETURNING k.service_account_id, k.name, k.scopes
  ), made AS (
    INSERT INTO signet.api_keys
      (id, service_account_id, name, secret_hash, scopes, created_by, created_at, expires_at)
    SELECT $4, service_account_id, name, $5, scopes, $1, $8, $6 FROM old
    RETURNING id
  ),)sql" SIGNET_AUDITED("$9::signet.audit_row", "made") R"sql(
  SELECT who.may, made.id IS NOT NULL FROM who LEFT JOIN made ON true)sql"};

constexpr ServiceStatement kRevokeKey{"revoke_api_key",
                                      SIGNET_DONE("signet.revoke_api_key($3, $4, $5)", "$6")};

constexpr ServiceStatement kReadKey{
    "read_api_key", "SELECT k.secret_hash, k.scopes, k.expires_at, k.revoked_at IS NOT NULL, a.id,"
                    " a.name, a.status, a.not_before, a.roles," SIGNET_ROLE_FACTS("a")
                    "  FROM signet.api_keys AS k"
                    "  JOIN signet.service_accounts AS a ON a.id = k.service_account_id"
                    " WHERE k.id = $1"};

Params AuthorityParams(const domain::Authority& by) {
  return Params().Add(by.user_id).Add(by.issued_at);
}

// `may` in column 0 and whether it was done in column 1.
AccessDecision Decide(const Rows& rows, AccessOutcome otherwise) {
  if (!rows.Bool(0, 0)) return {AccessOutcome::kAuthorityOutdated, ""};
  return {rows.Bool(0, 1) ? AccessOutcome::kDone : otherwise, ""};
}

domain::ServiceAccount ReadAccount(const Rows& rows, int row) {
  domain::ServiceAccount account;
  account.id = rows.As<domain::ServiceAccountId>(row, 0);
  account.name = rows.String(row, 1);
  account.description = rows.String(row, 2);
  account.status = static_cast<domain::ServiceAccountStatus>(rows.Int32(row, 3));
  account.created_by = rows.As<base::UserId>(row, 4);
  account.created_at = rows.Time(row, 5);
  account.updated_at = rows.Time(row, 6);
  return account;
}

domain::ApiKeyRecord ReadKeyRecord(const Rows& rows, int row) {
  domain::ApiKeyRecord key;
  key.id = rows.As<domain::ApiKeyId>(row, 0);
  key.account = rows.As<domain::ServiceAccountId>(row, 1);
  key.name = rows.String(row, 2);
  key.scopes = rows.TextArray(row, 3);
  key.created_by = rows.As<base::UserId>(row, 4);
  key.created_at = rows.Time(row, 5);
  key.expires_at = rows.OptionalTime(row, 6);
  key.revoked_at = rows.OptionalTime(row, 7);
  if (!rows.IsNull(row, 8)) key.replaced_by = rows.As<domain::ApiKeyId>(row, 8);
  key.last_used_at = rows.OptionalTime(row, 9);
  return key;
}

}  // namespace

absl::StatusOr<AccessDecision> ServiceAccountStorePg::CreateAccount(
    const domain::Authority& by, const domain::ServiceAccount& account,
    const domain::AuditRecord& audit) {
  Params params = AuthorityParams(by);
  params.Add(account.id)
      .Add(account.name)
      .Add(account.description)
      .Add(account.created_at)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kCreateAccount, params));
  return Decide(rows, AccessOutcome::kNameTaken);
}

absl::StatusOr<std::optional<domain::ServiceAccount>> ServiceAccountStorePg::FindAccount(
    domain::ServiceAccountId id) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kFindAccount, Params().Add(id)));
  if (rows.empty()) return std::optional<domain::ServiceAccount>();
  return std::optional<domain::ServiceAccount>(ReadAccount(rows, 0));
}

absl::StatusOr<std::vector<domain::ServiceAccount>> ServiceAccountStorePg::ListAccounts(
    std::optional<domain::ServiceAccountId> after, int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kListAccounts, Params().Add(after).Add(limit)));
  std::vector<domain::ServiceAccount> accounts;
  for (int i = 0; i < rows.size(); ++i) accounts.push_back(ReadAccount(rows, i));
  return accounts;
}

absl::StatusOr<AccessDecision> ServiceAccountStorePg::SetStatus(
    const domain::Authority& by, domain::ServiceAccountId id, domain::ServiceAccountStatus status,
    absl::Time now, absl::Time revocation_expires_at, const domain::AuditRecord& audit) {
  Params params = AuthorityParams(by);
  params.Add(id)
      .Add(static_cast<int32_t>(status))
      .Add(now)
      .Add(revocation_expires_at)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kSetStatus, params));
  return Decide(rows, AccessOutcome::kAccountUnknown);
}

absl::StatusOr<AccessDecision> ServiceAccountStorePg::CreateKey(const domain::Authority& by,
                                                                const domain::ApiKeyRecord& key,
                                                                absl::string_view secret_hash,
                                                                const domain::AuditRecord& audit) {
  Params params = AuthorityParams(by);
  params.Add(key.account)
      .Add(key.id)
      .Add(key.name)
      .Add(Bytea{secret_hash})
      .AddArray(key.scopes)
      .Add(key.created_at)
      .Add(key.expires_at)
      .Add(domain::kMostApiKeys)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kCreateKey, params));
  const AccessDecision found = Decide(rows, AccessOutcome::kAccountUnknown);
  if (found.outcome != AccessOutcome::kDone || rows.Bool(0, 2)) return found;
  return AccessDecision{AccessOutcome::kTooManyKeys, ""};
}

absl::StatusOr<std::optional<domain::ApiKeyRecord>> ServiceAccountStorePg::FindKey(
    domain::ApiKeyId id) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kFindKey, Params().Add(id)));
  if (rows.empty()) return std::optional<domain::ApiKeyRecord>();
  return std::optional<domain::ApiKeyRecord>(ReadKeyRecord(rows, 0));
}

absl::StatusOr<std::vector<domain::ApiKeyRecord>> ServiceAccountStorePg::ListKeys(
    domain::ServiceAccountId account, std::optional<domain::ApiKeyId> after, int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kListKeys, Params().Add(account).Add(after).Add(limit)));
  std::vector<domain::ApiKeyRecord> keys;
  for (int i = 0; i < rows.size(); ++i) keys.push_back(ReadKeyRecord(rows, i));
  return keys;
}

absl::StatusOr<AccessDecision> ServiceAccountStorePg::RotateKey(
    const domain::Authority& by, domain::ApiKeyId old, const domain::ApiKeyRecord& successor,
    absl::string_view secret_hash, absl::Time overlap_until, absl::Time now,
    const domain::AuditRecord& audit) {
  Params params = AuthorityParams(by);
  params.Add(old)
      .Add(successor.id)
      .Add(Bytea{secret_hash})
      .Add(successor.expires_at)
      .Add(overlap_until)
      .Add(now)
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRotateKey, params));
  return Decide(rows, AccessOutcome::kKeyUnknown);
}

absl::StatusOr<AccessDecision> ServiceAccountStorePg::RevokeKey(const domain::Authority& by,
                                                                domain::ApiKeyId id, absl::Time now,
                                                                absl::Time revocation_expires_at,
                                                                const domain::AuditRecord& audit) {
  Params params = AuthorityParams(by);
  params.Add(id).Add(now).Add(revocation_expires_at).Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRevokeKey, params));
  return Decide(rows, AccessOutcome::kKeyUnknown);
}

absl::StatusOr<std::optional<domain::ApiKeyView>> ServiceAccountStorePg::ReadKey(
    domain::ApiKeyId id) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReadKey, Params().Add(id)));
  if (rows.empty()) return std::optional<domain::ApiKeyView>();
  domain::ApiKeyView view;
  view.secret_hash = rows.Bytes(0, 0);
  view.scopes = rows.TextArray(0, 1);
  view.expires_at = rows.OptionalTime(0, 2);
  view.revoked = rows.Bool(0, 3);
  view.account = rows.As<domain::ServiceAccountId>(0, 4);
  view.account_name = rows.String(0, 5);
  view.account_status = static_cast<domain::ServiceAccountStatus>(rows.Int32(0, 6));
  view.account_not_before = rows.OptionalTime(0, 7).value_or(absl::InfinitePast());
  view.held = ReadRoles(rows, 0, 8, 9);
  return std::optional<domain::ApiKeyView>(std::move(view));
}

}  // namespace signet::storage

#include "server/storage/postgres/stores/signing_key_store_pg.h"

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// The version and the keys come from one snapshot; a version alone stands for an empty table.
constexpr ServiceStatement kLoad{"load_signing_keys", R"sql(
  SELECT k.kid, k.algorithm, k.state, k.public_jwk, k.sealed_private, k.kek_id, k.created_at,
         k.published_at, k.activated_at, k.retiring_at, k.retired_at, k.tainted_at, k.public_mac, h.version
    FROM signet.signing_key_head AS h LEFT JOIN signet.signing_keys AS k ON k.state <> 5
   ORDER BY k.created_at DESC, k.kid DESC)sql"};

constexpr ServiceStatement kListAll{"list_signing_keys", R"sql(
  SELECT kid, algorithm, state, public_jwk, sealed_private, kek_id, created_at,
         published_at, activated_at, retiring_at, retired_at, tainted_at, public_mac
    FROM signet.signing_keys ORDER BY created_at DESC, kid DESC)sql"};

// `fenced` has the head's row, locked, exactly while the table is at the version that was decided
// on. Whoever waits for the lock judges the version anew when he gets it.
constexpr ServiceStatement kInsertPrepared{"insert_signing_key", R"sql(
  WITH fenced AS MATERIALIZED (
    SELECT FROM signet.signing_key_head
     WHERE ($8::bigint IS NULL OR version = $8) AND (kek_id IS NULL OR kek_id = $5)
       FOR NO KEY UPDATE
  ), added AS (
    INSERT INTO signet.signing_keys
      (kid, algorithm, state, public_jwk, sealed_private, kek_id, created_at, public_mac)
    SELECT $1, $2, 1, $3, $4::bytea, $5, $6::timestamptz, $9::bytea FROM fenced
    ON CONFLICT (kid) DO NOTHING
    RETURNING kid
  ),)sql" SIGNET_AUDITED("$7::signet.audit_row", "added") R"sql(, head AS (
    UPDATE signet.signing_key_head SET version = version + 1 WHERE EXISTS (SELECT FROM added)
    RETURNING version
  )
  SELECT NULL, pg_notify('signet_changes', '')::text FROM head
   UNION ALL
  SELECT kek_id, NULL FROM signet.signing_key_head WHERE kek_id <> $5)sql"};

// CASE calls the function only under the lock of `fenced`.
constexpr ServiceStatement kMove{"move_signing_key", R"sql(
  WITH fenced AS MATERIALIZED (
    SELECT FROM signet.signing_key_head WHERE $7::bigint IS NULL OR version = $7
       FOR NO KEY UPDATE
  )
  SELECT CASE WHEN EXISTS (SELECT FROM fenced)
              THEN signet.move_signing_key($1, $2, $3, $4, $5, $6) ELSE false END)sql"};

constexpr ServiceStatement kEraseKey{"erase_signing_key", R"sql(
  WITH erased AS (
    UPDATE signet.signing_keys SET sealed_private = '', public_mac = NULL
     WHERE kid = $1 AND state IN (5, 6) AND sealed_private <> ''
    RETURNING kid
  ),)sql" SIGNET_AUDITED("$2::signet.audit_row", "erased") R"sql(
  SELECT kid FROM erased)sql"};

constexpr ServiceStatement kInsertSecret{"insert_server_secret", R"sql(
  WITH fenced AS MATERIALIZED (
    SELECT FROM signet.signing_key_head WHERE kek_id IS NULL OR kek_id = $3 FOR NO KEY UPDATE
  ), added AS (
    INSERT INTO signet.server_secrets (name, sealed, kek_id)
    SELECT $1, $2::bytea, $3 FROM fenced
    ON CONFLICT (name) DO NOTHING
    RETURNING name
  ), head AS (
    UPDATE signet.signing_key_head SET version = version + 1 WHERE EXISTS (SELECT FROM added)
    RETURNING version
  )
  SELECT pg_notify('signet_changes', '') FROM head)sql"};

constexpr ServiceStatement kReadSecret{
    "read_server_secret",
    "SELECT s.sealed, s.kek_id, h.kek_id FROM signet.signing_key_head AS h "
    "LEFT JOIN signet.server_secrets AS s ON s.name = $1"};

domain::SigningKeyRecord ReadKey(const Rows& rows, int row) {
  domain::SigningKeyRecord key;
  key.kid = rows.String(row, 0);
  key.algorithm = rows.String(row, 1);
  key.state = static_cast<domain::KeyState>(rows.Int32(row, 2));
  key.public_jwk = rows.String(row, 3);
  key.sealed_private = rows.Bytes(row, 4);
  key.kek_id = rows.String(row, 5);
  key.created_at = rows.Time(row, 6);
  key.published_at = rows.OptionalTime(row, 7);
  key.activated_at = rows.OptionalTime(row, 8);
  key.retiring_at = rows.OptionalTime(row, 9);
  key.retired_at = rows.OptionalTime(row, 10);
  key.tainted_at = rows.OptionalTime(row, 11);
  if (!rows.IsNull(row, 12)) key.public_mac = rows.Bytes(row, 12);
  return key;
}

std::vector<domain::SigningKeyRecord> ReadKeys(const Rows& rows) {
  std::vector<domain::SigningKeyRecord> keys;
  for (int i = 0; i < rows.size(); ++i) {
    if (!rows.IsNull(i, 0)) keys.push_back(ReadKey(rows, i));
  }
  return keys;
}

absl::Status SealedUnderAnother(const std::string& theirs, const std::string& ours) {
  return base::MakeError(
      absl::StatusCode::kFailedPrecondition, "KEY_STATE_INVALID",
      absl::StrCat("signing keys and server secrets lie under key-encryption key ", theirs,
                   " by now, but this process was given ", ours,
                   ": start it anew with the new one"));
}

}  // namespace

absl::StatusOr<domain::SigningKeyTable> SigningKeyStorePg::Load() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kLoad, Params()));
  domain::SigningKeyTable table;
  table.version = rows.Int64(0, 13);
  table.keys = ReadKeys(rows);
  return table;
}

absl::StatusOr<std::vector<domain::SigningKeyRecord>> SigningKeyStorePg::ListAll() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kListAll, Params()));
  return ReadKeys(rows);
}

absl::StatusOr<bool> SigningKeyStorePg::InsertPrepared(const domain::SigningKeyRecord& key,
                                                       const domain::AuditRecord& audit,
                                                       domain::KeyTableFence fence) {
  Params params;
  params.Add(key.kid)
      .Add(key.algorithm)
      .Add(key.public_jwk)
      .Add(Bytea{key.sealed_private})
      .Add(key.kek_id)
      .Add(key.created_at)
      .Add(AuditRowText(audit))
      .Add(fence);
  if (key.public_mac.empty()) {
    params.AddNull();
  } else {
    params.Add(Bytea{key.public_mac});
  }
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kInsertPrepared, params));
  if (!rows.empty() && !rows.IsNull(0, 0)) return SealedUnderAnother(rows.String(0, 0), key.kek_id);
  return !rows.empty();
}

absl::StatusOr<bool> SigningKeyStorePg::Move(absl::string_view kid,
                                             const std::vector<domain::KeyState>& from,
                                             domain::KeyState to, absl::Time now,
                                             absl::Time revocation_expires_at,
                                             const domain::AuditRecord* audit,
                                             domain::KeyTableFence fence) {
  ArrayText states;
  for (const domain::KeyState state : from) states.Append(static_cast<int64_t>(state));
  Params params;
  params.Add(kid)
      .Add(states.Take())
      .Add(static_cast<int32_t>(to))
      .Add(now)
      .Add(revocation_expires_at);
  if (audit != nullptr) {
    params.Add(AuditRowText(*audit));
  } else {
    params.AddNull();
  }
  params.Add(fence);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kMove, params));
  return rows.Bool(0, 0);
}

absl::StatusOr<bool> SigningKeyStorePg::Erase(absl::string_view kid,
                                              const domain::AuditRecord& audit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kEraseKey, Params().Add(kid).Add(AuditRowText(audit))));
  return !rows.empty();
}

absl::StatusOr<domain::SigningKeyStore::SealedSecret> SigningKeyStorePg::GetOrInsertSecret(
    absl::string_view name, const SealedSecret& candidate) {
  Params insert;
  insert.Add(name).Add(Bytea{candidate.sealed}).Add(candidate.kek_id);
  SIGNET_RETURN_IF_ERROR(pool_.Execute(kInsertSecret, insert).status());
  // A second statement: the first cannot see the row of a writer that it had to wait for.
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReadSecret, Params().Add(name)));
  if (rows.IsNull(0, 0)) return SealedUnderAnother(rows.String(0, 2), candidate.kek_id);
  return SealedSecret{rows.Bytes(0, 0), rows.String(0, 1)};
}

}  // namespace signet::storage

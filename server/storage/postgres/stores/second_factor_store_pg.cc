#include "server/storage/postgres/stores/second_factor_store_pg.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/mail_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

constexpr ServiceStatement kReadFactor{"read_factor", R"sql(
  SELECT u.email, f.totp_sealed, f.enrolled_at, f.confirmed_at,
         coalesce(cardinality(f.recovery_hashes), 0)
    FROM signet.users AS u LEFT JOIN signet.second_factors AS f ON f.user_id = u.id
   WHERE u.id = $1 AND u.status = 1)sql"};

constexpr ServiceStatement kEnroll{"enroll_totp", R"sql(
  WITH kept AS (
    INSERT INTO signet.second_factors AS f (user_id, totp_sealed, enrolled_at)
    SELECT id, $2, $3 FROM signet.users WHERE id = $1 AND status = 1
    ON CONFLICT (user_id) DO UPDATE
       SET totp_sealed = excluded.totp_sealed, enrolled_at = excluded.enrolled_at, last_step = 0
     WHERE f.confirmed_at IS NULL
    RETURNING user_id
  ),)sql" SIGNET_AUDITED("$4::signet.audit_row", "kept") R"sql(
  SELECT user_id FROM kept)sql"};

constexpr ServiceStatement kConfirm{
    "confirm_totp", "SELECT signet.confirm_totp($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};

// Counted as a failure from the start; the statement that uses a factor up takes that back.
// Parallel attempts stand in line for the row, and each judges what the one before it wrote: the
// pause that one of them starts meets all behind it.
constexpr ServiceStatement kAdmitFactor{"admit_factor", R"sql(
  WITH admitted AS (
    UPDATE signet.second_factors AS f
       SET failures = CASE WHEN f.counted_at < $7 THEN 1 ELSE f.failures + 1 END,
           counted_at = $2,
           refused_until = CASE
             WHEN f.counted_at < $7 OR f.failures + 1 < $4 THEN f.refused_until
             ELSE $2::timestamptz + interval '1 second' * least(
               $6::double precision,
               $5::double precision * power(2, least(f.failures + 1 - $4::integer, 30)))
           END
     WHERE f.user_id = $1 AND f.confirmed_at IS NOT NULL AND f.refused_until <= $2
    RETURNING f.totp_sealed, f.last_step, $3 = ANY (f.recovery_hashes) AS known
  )
  SELECT true, totp_sealed, last_step, known, $2::timestamptz FROM admitted
  UNION ALL
  SELECT false, NULL, 0, false, greatest(f.refused_until, $2) FROM signet.second_factors AS f
   WHERE f.user_id = $1 AND f.confirmed_at IS NOT NULL AND NOT EXISTS (SELECT FROM admitted))sql"};

constexpr ServiceStatement kDisable{"disable_totp", R"sql(
  WITH u AS (
    UPDATE signet.users SET second_factor = false, updated_at = $2
     WHERE id = $1 AND second_factor
    RETURNING id
  ), mailed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($3::signet.mail_row).* FROM u WHERE ($3::signet.mail_row).id IS NOT NULL
  ),)sql" SIGNET_AUDITED("$4::signet.audit_row", "u") R"sql(
  UPDATE signet.second_factors AS f
     SET totp_sealed = NULL, enrolled_at = NULL, confirmed_at = NULL, last_step = 0,
         recovery_hashes = '{}', failures = 0, refused_until = '-infinity'
    FROM u WHERE f.user_id = u.id)sql"};

constexpr ServiceStatement kReplace{"replace_recovery_codes", R"sql(
  WITH replaced AS (
    UPDATE signet.second_factors SET recovery_hashes = $2
     WHERE user_id = $1 AND confirmed_at IS NOT NULL
    RETURNING user_id
  ), mailed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($3::signet.mail_row).* FROM replaced WHERE ($3::signet.mail_row).id IS NOT NULL
  ),)sql" SIGNET_AUDITED("$4::signet.audit_row", "replaced") R"sql(
  SELECT user_id FROM replaced)sql"};

std::string HashArray(const std::vector<std::string>& hashes) {
  ArrayText array;
  for (const std::string& hash : hashes) array.Append(Bytea{hash});
  return array.Take();
}

std::string Seconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Seconds(duration));
}

}  // namespace

absl::StatusOr<std::optional<domain::FactorRecord>> SecondFactorStorePg::Read(base::UserId user) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReadFactor, Params().Add(user)));
  if (rows.empty()) return std::optional<domain::FactorRecord>();
  domain::FactorRecord record;
  record.email = rows.String(0, 0);
  if (!rows.IsNull(0, 1)) record.totp_sealed = rows.Bytes(0, 1);
  record.enrolled_at = rows.OptionalTime(0, 2);
  record.confirmed_at = rows.OptionalTime(0, 3);
  record.recovery_codes_left = rows.Int32(0, 4);
  return std::optional<domain::FactorRecord>(std::move(record));
}

absl::StatusOr<bool> SecondFactorStorePg::Enroll(base::UserId user, absl::string_view totp_sealed,
                                                 absl::Time now, const domain::AuditRecord& audit) {
  Params params;
  params.Add(user).Add(Bytea{totp_sealed}).Add(now).Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kEnroll, params));
  return !rows.empty();
}

absl::StatusOr<bool> SecondFactorStorePg::Confirm(const domain::FactorConfirmation& confirmation,
                                                  const domain::AuditRecord& audit) {
  Params params;
  params.Add(confirmation.user_id)
      .Add(confirmation.session_id)
      .Add(Bytea{confirmation.totp_sealed})
      .Add(confirmation.totp_step)
      .Add(HashArray(confirmation.recovery_hashes))
      .Add(confirmation.acr)
      .AddArray(confirmation.amr)
      .Add(confirmation.now)
      .Add(confirmation.revocation_expires_at)
      .Add(MailRowText(confirmation.mail))
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kConfirm, params));
  return rows.Bool(0, 0);
}

absl::StatusOr<domain::FactorAttempt> SecondFactorStorePg::Admit(
    base::UserId user, absl::string_view recovery_hash, const domain::AttemptPolicy& policy,
    absl::Time now) {
  Params params;
  params.Add(user)
      .Add(now)
      .Add(Bytea{recovery_hash})
      .Add(policy.free_failures)
      .Add(Seconds(policy.first_pause))
      .Add(Seconds(policy.longest_pause))
      .Add(now - policy.forgotten_after);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kAdmitFactor, params));
  domain::FactorAttempt attempt;
  if (rows.empty()) return attempt;
  if (!rows.Bool(0, 0)) {
    attempt.state = domain::FactorAttempt::State::kRefused;
    attempt.refused_until = rows.Time(0, 4);
    return attempt;
  }
  attempt.state = domain::FactorAttempt::State::kAdmitted;
  attempt.totp_sealed = rows.Bytes(0, 1);
  attempt.last_step = rows.Int64(0, 2);
  attempt.recovery_known = rows.Bool(0, 3);
  return attempt;
}

absl::StatusOr<bool> SecondFactorStorePg::Disable(base::UserId user, absl::Time now,
                                                  const domain::MailRow& mail,
                                                  const domain::AuditRecord& audit) {
  SIGNET_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Execute(kDisable,
                    Params().Add(user).Add(now).Add(MailRowText(mail)).Add(AuditRowText(audit))));
  return rows.affected() == 1;
}

absl::StatusOr<bool> SecondFactorStorePg::ReplaceRecoveryCodes(
    base::UserId user, const std::vector<std::string>& hashes, const domain::MailRow& mail,
    const domain::AuditRecord& audit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReplace, Params()
                                                                       .Add(user)
                                                                       .Add(HashArray(hashes))
                                                                       .Add(MailRowText(mail))
                                                                       .Add(AuditRowText(audit))));
  return !rows.empty();
}

}  // namespace signet::storage

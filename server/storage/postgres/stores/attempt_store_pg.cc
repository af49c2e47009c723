#include "server/storage/postgres/stores/attempt_store_pg.h"

#include <limits>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/mail_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// The account is looked up and the attempt counted in one statement: the function sees the row of
// the account's guard as it is when its lock is granted, whatever the snapshot of the look-up. What
// the snapshot shows of an account that was disabled meanwhile is caught when the session opens.
constexpr ServiceStatement kAdmitLogin{"admit_login", R"sql(
  WITH person AS MATERIALIZED (
    SELECT u.id, u.status, u.email, c.hash, c.version, u.roles,
           u.email_verified_at IS NOT NULL AS email_verified, u.second_factor
      FROM signet.users AS u JOIN signet.password_credentials AS c ON c.user_id = u.id
     WHERE u.email_canonical = $1
  )
  SELECT g.verdict, g.subject, g.device, g.failures, g.retry_at, person.*
    FROM (SELECT $2::uuid AS nobody) AS n LEFT JOIN person ON true
   CROSS JOIN LATERAL signet.admit_attempt(
     coalesce(person.id, n.nobody),
     CASE WHEN person.id = $3 AND person.version = $4 THEN $5
          ELSE '00000000-0000-0000-0000-000000000000'::uuid END,
     $6, $7, $8, $9, $10, $11) AS g)sql"};
constexpr int kAccountBegins = 5;

constexpr ServiceStatement kAdmitSession{"admit_session", R"sql(
  WITH person AS MATERIALIZED (
    SELECT u.id, u.status, u.email, c.hash, c.version, u.roles,
           u.email_verified_at IS NOT NULL AS email_verified, u.second_factor
      FROM signet.users AS u JOIN signet.password_credentials AS c ON c.user_id = u.id
     WHERE u.id = $1
  )
  SELECT g.verdict, g.subject, g.device, g.failures, g.retry_at, person.*
    FROM signet.admit_attempt($1, $2, $3, $4, true, $5, $6, $7) AS g LEFT JOIN person ON true)sql"};

constexpr ServiceStatement kFail{"fail_attempt",
                                 R"sql(
  WITH settled AS MATERIALIZED (
    SELECT failures, locked_until, first_lock
      FROM signet.fail_attempt($1, $2, $3, $4, $5, $6, $7, $8)
  ), mailed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($16::signet.mail_row).* FROM settled
     WHERE first_lock AND ($16::signet.mail_row).id IS NOT NULL
  ),)sql" SIGNET_AUDITED("$9::signet.audit_row", "settled") "," SIGNET_AUDITED_AS(
                                     "lock_audited", "$17::signet.audit_row",
                                     "(SELECT FROM settled WHERE first_lock"
                                     " AND ($17::signet.audit_row).id IS NOT NULL) AS lock") R"sql(
  SELECT s.failures, s.locked_until, t.threats
    FROM settled AS s
   CROSS JOIN LATERAL signet.note_failed_login(
     $1, $10, $11, s.locked_until IS NOT NULL, $8, $12, $13, $14, $15) AS t(threats))sql"};

constexpr ServiceStatement kSucceed{"succeed_attempt", R"sql(
  UPDATE signet.attempt_guards
     SET pending = greatest(pending - 1, 0), failures = 0, held_until = NULL, locked_until = NULL
   WHERE subject = $1 AND device = $2)sql"};

constexpr ServiceStatement kRelease{
    "release_attempt", R"sql(
  WITH released AS (
    UPDATE signet.attempt_guards SET pending = greatest(pending - 1, 0)
     WHERE subject = $1 AND device = $2
  ),)sql" SIGNET_AUDITED("$3::signet.audit_row",
                         "(SELECT WHERE ($3::signet.audit_row).id IS NOT NULL) AS once") "SELECT"};

constexpr ServiceStatement kUnlockAccount{"unlock_account", R"sql(
  WITH before AS MATERIALIZED (
    SELECT subject, device, locked_until FROM signet.attempt_guards
     WHERE subject = $1 FOR NO KEY UPDATE
  ), forgotten AS (
    UPDATE signet.attempt_guards AS g
       SET failures = 0, held_until = NULL, locked_until = NULL
      FROM before WHERE g.subject = before.subject AND g.device = before.device
  ), locked AS MATERIALIZED (
    SELECT FROM before WHERE locked_until > $2 LIMIT 1
  ),)sql" SIGNET_AUDITED("$3::signet.audit_row", "locked") R"sql(
  SELECT EXISTS (SELECT FROM locked) FROM signet.users WHERE id = $1)sql"};

std::string Interval(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration), " milliseconds");
}

int32_t ChallengeAfter(const domain::GuardPolicy& policy) {
  return policy.challenges ? policy.challenge_after : std::numeric_limits<int32_t>::max();
}

domain::Admission ReadAdmission(const Rows& rows, absl::Time now) {
  domain::Admission admission;
  admission.verdict = static_cast<domain::AttemptVerdict>(rows.Int32(0, 0));
  admission.key = {rows.Uuid(0, 1), rows.Uuid(0, 2)};
  admission.failures = rows.Int32(0, 3);
  admission.retry_at = rows.OptionalTime(0, 4).value_or(now);
  if (admission.verdict != domain::AttemptVerdict::kAdmitted || rows.IsNull(0, kAccountBegins)) {
    return admission;
  }
  domain::LoginRecord record;
  record.user_id = rows.As<base::UserId>(0, kAccountBegins);
  record.status = static_cast<domain::AccountStatus>(rows.Int32(0, kAccountBegins + 1));
  record.email = rows.String(0, kAccountBegins + 2);
  record.password_hash = rows.String(0, kAccountBegins + 3);
  record.password_version = rows.Int64(0, kAccountBegins + 4);
  record.roles = rows.TextArray(0, kAccountBegins + 5);
  record.email_verified = rows.Bool(0, kAccountBegins + 6);
  record.second_factor = rows.Bool(0, kAccountBegins + 7);
  admission.account = std::move(record);
  return admission;
}

}  // namespace

absl::StatusOr<domain::Admission> AttemptStorePg::Admit(const domain::LoginAttempt& attempt,
                                                        const domain::GuardPolicy& policy) {
  Params params;
  params.Add(attempt.canonical_email).Add(attempt.nobody);
  if (attempt.device) {
    params.Add(attempt.device->user_id)
        .Add(attempt.device->password_version)
        .Add(attempt.device->device);
  } else {
    params.AddNull().AddNull().AddNull();
  }
  params.Add(policy.lock_after)
      .Add(ChallengeAfter(policy))
      .Add(attempt.challenge_solved ? "true" : "false")
      .Add(attempt.now)
      .Add(attempt.now - policy.memory)
      .Add(attempt.now + policy.attempt_life);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kAdmitLogin, params));
  return ReadAdmission(rows, attempt.now);
}

absl::StatusOr<domain::Admission> AttemptStorePg::AdmitSession(
    const domain::SessionAttempt& attempt, const domain::GuardPolicy& policy) {
  Params params;
  params.Add(attempt.user_id)
      .Add(attempt.session_id)
      .Add(policy.lock_after)
      .Add(ChallengeAfter(policy))
      .Add(attempt.now)
      .Add(attempt.now - policy.memory)
      .Add(attempt.now + policy.attempt_life);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kAdmitSession, params));
  return ReadAdmission(rows, attempt.now);
}

absl::StatusOr<domain::Settlement> AttemptStorePg::Fail(const domain::FailedAttempt& failed,
                                                        const domain::GuardPolicy& policy,
                                                        const domain::ThreatPolicy& threats) {
  Params params;
  params.Add(failed.key.subject)
      .Add(failed.key.device)
      .Add(policy.lock_after)
      .Add(policy.challenge_after)
      .Add(Interval(policy.lock))
      .Add(Interval(policy.longest_lock))
      .Add(Interval(policy.delay))
      .Add(failed.now)
      .Add(AuditRowText(failed.audit))
      .Add(failed.evidence.network)
      .Add(failed.evidence.password)
      .Add(failed.now - threats.window)
      .Add(threats.stuffing_accounts)
      .Add(threats.spraying_accounts)
      .Add(threats.storm_locks)
      .Add(MailRowText(failed.told));
  if (failed.locked) {
    params.Add(AuditRowText(*failed.locked));
  } else {
    params.AddNull();
  }
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kFail, params));
  domain::Settlement settlement;
  if (rows.empty() || rows.IsNull(0, 0)) return settlement;
  settlement.failures = rows.Int32(0, 0);
  settlement.locked_until = rows.OptionalTime(0, 1);
  for (const std::string& kind : rows.TextArray(0, 2)) {
    int32_t number = 0;
    if (absl::SimpleAtoi(kind, &number)) {
      settlement.threats.push_back(static_cast<domain::ThreatKind>(number));
    }
  }
  return settlement;
}

absl::Status AttemptStorePg::Succeed(const domain::GuardKey& key) {
  return pool_.Execute(kSucceed, Params().Add(key.subject).Add(key.device)).status();
}

absl::Status AttemptStorePg::Release(const domain::GuardKey& key,
                                     const std::optional<domain::AuditRecord>& audit) {
  Params params;
  params.Add(key.subject).Add(key.device);
  if (audit) {
    params.Add(AuditRowText(*audit));
  } else {
    params.AddNull();
  }
  return pool_.Execute(kRelease, params).status();
}

absl::StatusOr<std::optional<bool>> AttemptStorePg::Unlock(base::UserId user,
                                                           const domain::AuditRecord& audit,
                                                           absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Execute(kUnlockAccount, Params().Add(user).Add(now).Add(AuditRowText(audit))));
  if (rows.empty()) return std::optional<bool>();
  return std::optional<bool>(rows.Bool(0, 0));
}

}  // namespace signet::storage

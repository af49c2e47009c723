#include "server/storage/postgres/stores/email_token_store_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/mail_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

constexpr ServiceStatement kIssue{"issue_email_token", R"sql(
  WITH issued AS (
    INSERT INTO signet.email_tokens AS t (user_id, purpose, secret_hash, issued_at, expires_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (user_id, purpose) DO UPDATE
       SET secret_hash = excluded.secret_hash, issued_at = excluded.issued_at,
           expires_at = excluded.expires_at, used_at = NULL
     WHERE t.issued_at <= $6
    RETURNING user_id
  ), mailed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($7::signet.mail_row).* FROM issued WHERE ($7::signet.mail_row).id IS NOT NULL
  ),)sql" SIGNET_AUDITED("$8::signet.audit_row", "issued") R"sql(
  SELECT user_id FROM issued)sql"};

constexpr ServiceStatement kVerify{"verify_email", R"sql(
  WITH used AS (
    UPDATE signet.email_tokens AS t SET used_at = $3
      FROM signet.users AS u
     WHERE t.user_id = $1 AND t.purpose = 1 AND t.secret_hash = $2 AND t.used_at IS NULL
       AND t.expires_at > $3 AND u.id = t.user_id AND u.status = 1
    RETURNING t.user_id
  ), verified AS (
    UPDATE signet.users AS u
       SET email_verified_at = coalesce(u.email_verified_at, $3), updated_at = $3
      FROM used WHERE u.id = used.user_id
    RETURNING u.id
  ),)sql" SIGNET_AUDITED("$4::signet.audit_row", "verified") R"sql(
  SELECT id FROM verified)sql"};

constexpr ServiceStatement kFindOwner{"find_email_token", R"sql(
  SELECT u.email
    FROM signet.email_tokens AS t JOIN signet.users AS u ON u.id = t.user_id
   WHERE t.user_id = $1 AND t.purpose = $2 AND t.secret_hash = $3 AND t.used_at IS NULL
     AND t.expires_at > $4 AND u.status = 1)sql"};

constexpr ServiceStatement kReset{"reset_password", R"sql(
  WITH reset AS MATERIALIZED (
    SELECT signet.reset_password($1, $2, $3, $4, $5, $6) AS done
  ), mailed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($7::signet.mail_row).* FROM reset
     WHERE done AND ($7::signet.mail_row).id IS NOT NULL
  ), unlocked AS (
    UPDATE signet.attempt_guards SET failures = 0, held_until = NULL, locked_until = NULL
     WHERE subject = $1 AND (SELECT done FROM reset)
  ),)sql" SIGNET_AUDITED("$8::signet.audit_row", "(SELECT FROM reset WHERE done) AS once") R"sql(
  SELECT done FROM reset)sql"};

constexpr ServiceStatement kRequestChange{"request_email_change", R"sql(
  WITH asked AS (
    INSERT INTO signet.email_changes AS c
      (user_id, new_email, new_canonical, session_id, requested_at, expires_at)
    SELECT id, $2, $3, $4, $5, $6 FROM signet.users WHERE id = $1 AND status = 1
    ON CONFLICT (user_id) DO UPDATE
       SET new_email = excluded.new_email, new_canonical = excluded.new_canonical,
           session_id = excluded.session_id, requested_at = excluded.requested_at,
           expires_at = excluded.expires_at, old_confirmed_at = NULL, new_confirmed_at = NULL
     WHERE c.requested_at <= $7
    RETURNING user_id
  ), tokens AS (
    INSERT INTO signet.email_tokens (user_id, purpose, secret_hash, issued_at, expires_at)
    SELECT user_id, made.purpose, made.hash, $5, $6
      FROM asked, (VALUES (3::smallint, $8::bytea), (4::smallint, $9::bytea)) AS made (purpose, hash)
    ON CONFLICT (user_id, purpose) DO UPDATE
       SET secret_hash = excluded.secret_hash, issued_at = excluded.issued_at,
           expires_at = excluded.expires_at, used_at = NULL
  ), mailed_old AS (
    INSERT INTO signet.mail_outbox
    SELECT ($10::signet.mail_row).* FROM asked WHERE ($10::signet.mail_row).id IS NOT NULL
  ), mailed_new AS (
    INSERT INTO signet.mail_outbox
    SELECT ($11::signet.mail_row).* FROM asked
     WHERE ($11::signet.mail_row).id IS NOT NULL
       AND NOT EXISTS (SELECT FROM signet.users WHERE email_canonical = $3)
  ),)sql" SIGNET_AUDITED("$12::signet.audit_row", "asked") R"sql(
  SELECT user_id FROM asked)sql"};

constexpr ServiceStatement kFindChange{"find_email_change", R"sql(
  SELECT u.email, c.new_email
    FROM signet.email_tokens AS t
    JOIN signet.users AS u ON u.id = t.user_id
    JOIN signet.email_changes AS c ON c.user_id = t.user_id
   WHERE t.user_id = $1 AND t.purpose = $2 AND t.secret_hash = $3 AND t.used_at IS NULL
     AND t.expires_at > $4 AND c.expires_at > $4 AND u.status = 1)sql"};

constexpr ServiceStatement kConfirmChange{
    "confirm_email_change", R"sql(
  WITH confirmed AS MATERIALIZED (
    SELECT signet.confirm_email_change($1, $2, $3, $4, $5) AS step
  ), mailed AS (
    INSERT INTO signet.mail_outbox
    SELECT ($6::signet.mail_row).* FROM confirmed
     WHERE step = 2 AND ($6::signet.mail_row).id IS NOT NULL
  ),)sql" SIGNET_AUDITED("$7::signet.audit_row",
                            "(SELECT FROM confirmed WHERE step IN (1, 2)) AS once") R"sql(
  SELECT step FROM confirmed)sql"};

constexpr ServiceStatement kRemoveExpired{"remove_expired_email_tokens",
                                          "SELECT signet.remove_expired_email_tokens($1)"};

Params TokenParams(const domain::PresentedEmailToken& token) {
  Params params;
  params.Add(token.user_id).Add(static_cast<int32_t>(token.purpose)).Add(Bytea{token.secret_hash});
  return params;
}

// What signet.confirm_email_change() returns.
domain::EmailChangeStep StepOf(int32_t value) {
  switch (value) {
    case 1:
      return domain::EmailChangeStep::kHalf;
    case 2:
      return domain::EmailChangeStep::kChanged;
    case 3:
      return domain::EmailChangeStep::kTaken;
    default:
      return domain::EmailChangeStep::kRefused;
  }
}

}  // namespace

absl::StatusOr<bool> EmailTokenStorePg::Issue(const domain::NewEmailToken& token,
                                              const domain::AuditRecord& audit) {
  Params params = TokenParams(token.token);
  params.Add(token.issued_at)
      .Add(token.expires_at)
      .Add(token.last_issued_by)
      .Add(MailRowText(token.mail))
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kIssue, params));
  return !rows.empty();
}

absl::StatusOr<bool> EmailTokenStorePg::VerifyEmail(const domain::PresentedEmailToken& token,
                                                    absl::Time now,
                                                    const domain::AuditRecord& audit) {
  if (token.purpose != domain::EmailTokenPurpose::kVerifyEmail) return false;
  Params params;
  params.Add(token.user_id).Add(Bytea{token.secret_hash}).Add(now).Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kVerify, params));
  return !rows.empty();
}

absl::StatusOr<std::optional<std::string>> EmailTokenStorePg::FindOwner(
    const domain::PresentedEmailToken& token, absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kFindOwner, TokenParams(token).Add(now)));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional<std::string>(rows.String(0, 0));
}

absl::StatusOr<bool> EmailTokenStorePg::ResetPassword(const domain::PresentedEmailToken& token,
                                                      absl::string_view new_hash, absl::Time now,
                                                      absl::Time not_before,
                                                      absl::Time revocation_expires_at,
                                                      const domain::MailRow& told,
                                                      const domain::AuditRecord& audit) {
  if (token.purpose != domain::EmailTokenPurpose::kPasswordReset) return false;
  Params params;
  params.Add(token.user_id)
      .Add(Bytea{token.secret_hash})
      .Add(new_hash)
      .Add(now)
      .Add(not_before)
      .Add(revocation_expires_at)
      .Add(MailRowText(told))
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReset, params));
  return rows.Bool(0, 0);
}

absl::StatusOr<bool> EmailTokenStorePg::RequestEmailChange(const domain::NewEmailChange& change,
                                                           const domain::AuditRecord& audit) {
  Params params;
  params.Add(change.user_id)
      .Add(change.new_email)
      .Add(change.new_canonical)
      .Add(change.session_id)
      .Add(change.requested_at)
      .Add(change.expires_at)
      .Add(change.last_requested_by)
      .Add(Bytea{change.old_hash})
      .Add(Bytea{change.new_hash})
      .Add(MailRowText(change.to_old))
      .Add(MailRowText(change.to_new))
      .Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRequestChange, params));
  return !rows.empty();
}

absl::StatusOr<std::optional<domain::PendingEmailChange>> EmailTokenStorePg::FindEmailChange(
    const domain::PresentedEmailToken& token, absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kFindChange, TokenParams(token).Add(now)));
  if (rows.empty()) return std::optional<domain::PendingEmailChange>();
  return std::optional<domain::PendingEmailChange>({rows.String(0, 0), rows.String(0, 1)});
}

absl::StatusOr<domain::EmailChangeStep> EmailTokenStorePg::ConfirmEmailChange(
    const domain::PresentedEmailToken& token, absl::Time now, absl::Time revocation_expires_at,
    const domain::MailRow& told, const domain::AuditRecord& audit) {
  Params params = TokenParams(token);
  params.Add(now).Add(revocation_expires_at).Add(MailRowText(told)).Add(AuditRowText(audit));
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kConfirmChange, params));
  return StepOf(rows.Int32(0, 0));
}

absl::StatusOr<int64_t> EmailTokenStorePg::RemoveExpired(absl::Time before) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRemoveExpired, Params().Add(before)));
  return rows.Int64(0, 0);
}

}  // namespace signet::storage

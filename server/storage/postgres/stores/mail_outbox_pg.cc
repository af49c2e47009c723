#include "server/storage/postgres/stores/mail_outbox_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// SKIP LOCKED: a mail that another worker is claiming at this moment is passed over, not waited
// for. The lease is the due time itself, so that a claimed mail whose worker died is due again.
//
// Materialised, or the plan may look for a due mail once for each row that it compares (it did,
// once the statistics called the table empty): several would be claimed and one be answered.
constexpr ServiceStatement kClaim{"claim_mail", R"sql(
  WITH due AS MATERIALIZED (
    SELECT user_id, id FROM signet.mail_outbox
     WHERE due_at <= $1 AND given_up_at IS NULL
     ORDER BY due_at, id LIMIT 1
       FOR UPDATE SKIP LOCKED
  )
  UPDATE signet.mail_outbox AS m SET attempts = m.attempts + 1, due_at = $2
    FROM due
   WHERE m.user_id = due.user_id AND m.id = due.id
  RETURNING m.user_id, m.id, m.kind, m.sealed, m.created_at, m.due_at, m.attempts)sql"};

// Removing rows is the owner's; the function removes this one.
constexpr ServiceStatement kFinish{"finish_mail", "SELECT signet.finish_mail($1, $2)"};

constexpr ServiceStatement kRetry{"retry_mail", R"sql(
  UPDATE signet.mail_outbox SET due_at = $4, last_failure = $5
   WHERE user_id = $1 AND id = $2 AND attempts = $3 AND given_up_at IS NULL)sql"};

constexpr ServiceStatement kGiveUp{"give_up_mail", R"sql(
  UPDATE signet.mail_outbox SET given_up_at = $4, last_failure = $5, sealed = ''
   WHERE user_id = $1 AND id = $2 AND attempts = $3 AND given_up_at IS NULL)sql"};

constexpr ServiceStatement kLook{"look_at_mail", R"sql(
  SELECT count(*) FILTER (WHERE given_up_at IS NULL),
         min(created_at) FILTER (WHERE given_up_at IS NULL),
         count(*) FILTER (WHERE given_up_at IS NOT NULL)
    FROM signet.mail_outbox)sql"};

constexpr ServiceStatement kRemoveGivenUp{"remove_given_up_mail",
                                          "SELECT signet.remove_given_up_mail($1)"};

Params Claimed(const domain::ClaimedMail& mail) {
  Params params;
  params.Add(mail.row.user_id).Add(mail.row.id).Add(mail.attempt);
  return params;
}

}  // namespace

absl::StatusOr<std::optional<domain::ClaimedMail>> MailOutboxPg::Claim(absl::Time now,
                                                                       absl::Time lease_until) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kClaim, Params().Add(now).Add(lease_until)));
  if (rows.empty()) return std::optional<domain::ClaimedMail>();
  domain::ClaimedMail mail;
  mail.row.user_id = rows.As<base::UserId>(0, 0);
  mail.row.id = rows.Uuid(0, 1);
  mail.row.kind = static_cast<domain::MailKind>(rows.Int32(0, 2));
  mail.row.sealed = rows.Bytes(0, 3);
  mail.row.created_at = rows.Time(0, 4);
  mail.row.due_at = rows.Time(0, 5);
  mail.attempt = rows.Int32(0, 6);
  return std::optional<domain::ClaimedMail>(std::move(mail));
}

absl::Status MailOutboxPg::Finish(const domain::ClaimedMail& mail) {
  return pool_.Execute(kFinish, Params().Add(mail.row.user_id).Add(mail.row.id)).status();
}

absl::Status MailOutboxPg::Retry(const domain::ClaimedMail& mail, absl::Time due_at,
                                 absl::string_view failure) {
  return pool_.Execute(kRetry, Claimed(mail).Add(due_at).Add(failure)).status();
}

absl::Status MailOutboxPg::GiveUp(const domain::ClaimedMail& mail, absl::Time now,
                                  absl::string_view failure) {
  return pool_.Execute(kGiveUp, Claimed(mail).Add(now).Add(failure)).status();
}

absl::StatusOr<domain::MailQueue> MailOutboxPg::Look() {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kLook, Params()));
  return domain::MailQueue{rows.Int64(0, 0), rows.OptionalTime(0, 1), rows.Int64(0, 2)};
}

absl::StatusOr<int64_t> MailOutboxPg::RemoveGivenUp(absl::Time before) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kRemoveGivenUp, Params().Add(before)));
  return rows.Int64(0, 0);
}

}  // namespace signet::storage

#include "server/domain/fakes/fake_mail_outbox.h"

#include <algorithm>
#include <utility>

#include "client/base/status_macros.h"
#include "server/domain/mail/mail_content.h"

namespace signet::domain {

absl::StatusOr<std::optional<ClaimedMail>> FakeMailOutbox::Claim(absl::Time now,
                                                                 absl::Time lease_until) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Mail* due = nullptr;
  for (FakeDatabase::Mail& mail : database_.mails_) {
    if (mail.given_up_at || mail.row.due_at > now) continue;
    if (due == nullptr || mail.row.due_at < due->row.due_at) due = &mail;
  }
  if (due == nullptr) return std::optional<ClaimedMail>();
  due->row.due_at = lease_until;
  ++due->attempts;
  return std::optional<ClaimedMail>(ClaimedMail{due->row, due->attempts});
}

absl::Status FakeMailOutbox::Finish(const ClaimedMail& mail) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::erase_if(database_.mails_, [&](const auto& row) { return row.row.id == mail.row.id; });
  return absl::OkStatus();
}

absl::Status FakeMailOutbox::Retry(const ClaimedMail& mail, absl::Time due_at,
                                   absl::string_view /*failure*/) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  for (FakeDatabase::Mail& row : database_.mails_) {
    if (row.row.id == mail.row.id && row.attempts == mail.attempt) row.row.due_at = due_at;
  }
  return absl::OkStatus();
}

absl::Status FakeMailOutbox::GiveUp(const ClaimedMail& mail, absl::Time now,
                                    absl::string_view /*failure*/) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  for (FakeDatabase::Mail& row : database_.mails_) {
    if (row.row.id != mail.row.id || row.attempts != mail.attempt) continue;
    row.given_up_at = now;
    row.row.sealed.clear();
  }
  return absl::OkStatus();
}

absl::StatusOr<MailQueue> FakeMailOutbox::Look() {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  MailQueue queue;
  for (const FakeDatabase::Mail& mail : database_.mails_) {
    if (mail.given_up_at) {
      ++queue.given_up;
      continue;
    }
    ++queue.waiting;
    queue.oldest = std::min(queue.oldest.value_or(mail.row.created_at), mail.row.created_at);
  }
  return queue;
}

absl::StatusOr<int64_t> FakeMailOutbox::RemoveGivenUp(absl::Time before) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  return static_cast<int64_t>(std::erase_if(database_.mails_, [&](const auto& mail) {
    return mail.given_up_at && *mail.given_up_at < before;
  }));
}

void FakeMailOutbox::Insert(const MailRow& row) {
  base::MutexLock lock(database_.mutex_);
  database_.AppendMail(row);
}

std::vector<MailRow> FakeMailOutbox::Waiting() {
  base::MutexLock lock(database_.mutex_);
  std::vector<MailRow> rows;
  for (const FakeDatabase::Mail& mail : database_.mails_) {
    if (!mail.given_up_at) rows.push_back(mail.row);
  }
  return rows;
}

MailRow FakeMailSealer::Seal(const OutgoingMail& mail, absl::Time now) const {
  return {mail.user_id, base::Uuid::NewV7(now),
          mail.kind,    std::string(EncodeMailContent(mail).reveal()),
          now,          now};
}

absl::StatusOr<OutgoingMail> FakeMailSealer::Open(const MailRow& row) const {
  std::optional<OutgoingMail> mail = DecodeMailContent(row.sealed);
  if (!mail) return absl::DataLossError("no mail");
  mail->kind = row.kind;
  mail->user_id = row.user_id;
  return *std::move(mail);
}

}  // namespace signet::domain

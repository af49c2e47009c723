#include "server/domain/fakes/fake_database.h"

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::domain {

void FakeDatabase::SetAvailable(bool available) {
  base::MutexLock lock(mutex_);
  available_ = available;
}

void FakeDatabase::SetAccountStatus(base::UserId id, AccountStatus status) {
  base::MutexLock lock(mutex_);
  if (Account* account = FindAccount(id)) account->status = status;
}

void FakeDatabase::RestoreRevocationLog(int64_t head) {
  base::MutexLock lock(mutex_);
  revocations_.resize(static_cast<size_t>(head));
}

std::vector<AuditRecord> FakeDatabase::audit() {
  base::MutexLock lock(mutex_);
  return audit_;
}

absl::Status FakeDatabase::AppendAudit(const AuditRecord& record) {
  base::MutexLock lock(mutex_);
  SIGNET_RETURN_IF_ERROR(Check());
  audit_.push_back(record);
  return absl::OkStatus();
}

absl::Status FakeDatabase::Check() const {
  return available_ ? absl::OkStatus() : base::StorageUnavailable(absl::Seconds(1));
}

FakeDatabase::Account* FakeDatabase::FindAccount(base::UserId id) {
  for (auto& [email, account] : accounts_) {
    if (account.account.user_id == id) return &account;
  }
  return nullptr;
}

FakeDatabase::Session* FakeDatabase::FindSession(base::UserId user, base::SessionId id) {
  const auto found = sessions_.find({user, id});
  return found == sessions_.end() ? nullptr : &found->second;
}

void FakeDatabase::EndSession(Session& session, EndReason reason, const Peer& peer, absl::Time now,
                              std::optional<int32_t> presented) {
  session.end_reason = reason;
  session.ended_at = now;
  session.events.push_back({presented ? LineageEventKind::kReused : LineageEventKind::kEnded,
                            presented.value_or(session.generation), now, peer, reason});
}

int64_t FakeDatabase::AppendRevocation(token::RevocationRecord record) {
  record.sequence = static_cast<int64_t>(revocations_.size()) + 1;
  revocations_.push_back(std::move(record));
  return revocations_.back().sequence;
}

int64_t FakeDatabase::AppendRevocation(token::RevocationKind kind, const std::string& subject,
                                       absl::Time now, absl::Time expires_at) {
  token::RevocationRecord record;
  record.kind = kind;
  record.subject = subject;
  record.recorded_at = now;
  record.expires_at = expires_at;
  return AppendRevocation(std::move(record));
}

void FakeDatabase::AppendMail(const MailRow& row) {
  if (!row.empty()) mails_.push_back({row, 0, std::nullopt});
}

}  // namespace signet::domain

#include "server/domain/fakes/fake_revocation_store.h"

#include <algorithm>
#include <optional>

#include "client/base/status_macros.h"

namespace signet::domain {

absl::StatusOr<int64_t> FakeRevocationStore::Append(const token::RevocationRecord& record) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  return database_.AppendRevocation(record);
}

absl::StatusOr<int64_t> FakeRevocationStore::AppendAudited(const token::RevocationRecord& record,
                                                           const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  database_.audit_.push_back(audit);
  return database_.AppendRevocation(record);
}

absl::Status FakeRevocationStore::Restore(const token::RevocationRecord& record, absl::Time now) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  for (auto& [key, row] : database_.sessions_) {
    const bool named =
        record.kind == token::RevocationKind::kSession && record.subject == key.second.ToString();
    const bool older = record.kind == token::RevocationKind::kUser &&
                       record.subject == key.first.ToString() &&
                       row.session.now < record.not_before;
    if ((named || older) && !row.end_reason) {
      database_.EndSession(row, EndReason::kRevoked, {}, now, std::nullopt);
    }
  }
  if (record.kind == token::RevocationKind::kUser) {
    for (auto& [email, row] : database_.accounts_) {
      if (row.account.user_id.ToString() != record.subject) continue;
      row.not_before = std::max(row.not_before, record.not_before);
    }
  }
  for (const token::RevocationRecord& written : database_.revocations_) {
    if (written.kind == record.kind && written.subject == record.subject &&
        written.recorded_at == record.recorded_at) {
      return absl::OkStatus();
    }
  }
  database_.AppendRevocation(record);
  return absl::OkStatus();
}

absl::StatusOr<RevocationStore::Page> FakeRevocationStore::ReadAfter(int64_t after, absl::Time now,
                                                                     int limit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Page page;
  page.head = static_cast<int64_t>(database_.revocations_.size());
  for (const auto& record : database_.revocations_) {
    if (record.sequence == after) page.after_recorded_at = record.recorded_at;
    if (record.sequence == page.head) page.head_recorded_at = record.recorded_at;
    if (page.records.size() == static_cast<size_t>(limit)) continue;
    if (record.sequence > after && record.expires_at > now) page.records.push_back(record);
  }
  return page;
}

}  // namespace signet::domain

#include "server/domain/fakes/fake_revocation_store.h"

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

absl::StatusOr<RevocationStore::Page> FakeRevocationStore::ReadAfter(int64_t after, absl::Time now,
                                                                     int limit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Page page;
  page.head = static_cast<int64_t>(database_.revocations_.size());
  for (const auto& record : database_.revocations_) {
    if (page.records.size() == static_cast<size_t>(limit)) break;
    if (record.sequence > after && record.expires_at > now) page.records.push_back(record);
  }
  return page;
}

}  // namespace signet::domain

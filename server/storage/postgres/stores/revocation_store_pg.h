#pragma once

#include "server/domain/ports/revocation_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// The revocation log in PostgreSQL. Sequence numbers are gapless and in commit order because the
// row that counts them stays locked until the appending transaction has committed. Thread-safe.
class RevocationStorePg final : public domain::RevocationStore {
 public:
  // `pool` must outlive the store.
  explicit RevocationStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<int64_t> Append(const token::RevocationRecord& record) override;
  absl::StatusOr<int64_t> AppendAudited(const token::RevocationRecord& record,
                                        const domain::AuditRecord& audit) override;
  absl::Status Restore(const token::RevocationRecord& record, absl::Time now) override;
  absl::StatusOr<Page> ReadAfter(int64_t after, absl::Time now, int limit) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

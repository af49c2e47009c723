#pragma once

#include "server/domain/ports/audit_reader.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// The audit log in PostgreSQL, for those who read it. Thread-safe.
class AuditReaderPg final : public domain::AuditReader {
 public:
  // `pool` must outlive the reader.
  explicit AuditReaderPg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<std::vector<domain::StoredAuditEvent>> Query(
      const domain::AuditFilter& filter, std::optional<domain::AuditEventId> before,
      int limit) override;
  absl::StatusOr<std::vector<domain::StoredAuditLeaf>> Leaves(int64_t from, int64_t until,
                                                              int limit) override;
  absl::StatusOr<std::vector<domain::StoredCheckpoint>> Checkpoints(int64_t after, int64_t until,
                                                                    int limit) override;
  absl::StatusOr<std::optional<domain::StoredCheckpoint>> Newest() override;
  absl::StatusOr<std::optional<domain::StoredCheckpoint>> Retired() override;
  absl::StatusOr<std::vector<domain::AuditEventId>> Unsealed(absl::Time before, int limit) override;
  absl::StatusOr<std::vector<TreeNode>> Nodes(int32_t level, int64_t from, int64_t until) override;
  absl::StatusOr<std::optional<int64_t>> LeafOf(domain::AuditEventId id) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

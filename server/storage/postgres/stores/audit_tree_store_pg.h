#pragma once

#include "server/domain/ports/audit_tree_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// The audit log's hash tree in PostgreSQL; two statements per sealing. Thread-safe.
class AuditTreeStorePg final : public domain::AuditTreeStore {
 public:
  // `pool` must outlive the store.
  explicit AuditTreeStorePg(ConnectionPool& pool) : pool_(pool) {}
  absl::StatusOr<domain::AuditUnsealed> ReadUnsealed(int limit) override;
  absl::StatusOr<bool> Seal(const domain::AuditSealing& sealing) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

#pragma once

#include "server/domain/ports/audit_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// The audit log in PostgreSQL, for those who add to it (audit_row.h for whoever has an effect too).
// Thread-safe.
class AuditStorePg final : public domain::AuditStore {
 public:
  // `pool` must outlive the store.
  explicit AuditStorePg(ConnectionPool& pool) : pool_(pool) {}
  absl::Status AppendAll(absl::Span<const domain::AuditRecord> records) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

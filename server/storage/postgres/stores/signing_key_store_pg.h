#pragma once

#include "server/domain/ports/signing_key_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Signing keys and sealed server secrets in PostgreSQL. Only sealed bytes pass here. Thread-safe.
class SigningKeyStorePg final : public domain::SigningKeyStore {
 public:
  // `pool` must outlive the store.
  explicit SigningKeyStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<domain::SigningKeyTable> Load() override;
  absl::StatusOr<std::vector<domain::SigningKeyRecord>> ListAll() override;
  absl::StatusOr<bool> InsertPrepared(const domain::SigningKeyRecord& key,
                                      const domain::AuditRecord& audit,
                                      domain::KeyTableFence fence) override;
  absl::StatusOr<bool> Move(absl::string_view kid, const std::vector<domain::KeyState>& from,
                            domain::KeyState to, absl::Time now, absl::Time revocation_expires_at,
                            const domain::AuditRecord* audit, domain::KeyTableFence fence) override;
  absl::StatusOr<bool> Erase(absl::string_view kid, const domain::AuditRecord& audit) override;
  absl::StatusOr<SealedSecret> GetOrInsertSecret(absl::string_view name,
                                                 const SealedSecret& candidate) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

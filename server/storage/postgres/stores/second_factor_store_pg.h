#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/domain/ports/second_factor_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Second factors in PostgreSQL; every method is one statement and one round trip. Thread-safe.
class SecondFactorStorePg final : public domain::SecondFactorStore {
 public:
  // `pool` must outlive the store.
  explicit SecondFactorStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<std::optional<domain::FactorRecord>> Read(base::UserId user) override;
  absl::StatusOr<bool> Enroll(base::UserId user, absl::string_view totp_sealed, absl::Time now,
                              const domain::AuditRecord& audit) override;
  absl::StatusOr<bool> Confirm(const domain::FactorConfirmation& confirmation,
                               const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::FactorAttempt> Admit(base::UserId user, absl::string_view recovery_hash,
                                              const domain::AttemptPolicy& policy,
                                              absl::Time now) override;
  absl::StatusOr<bool> Disable(base::UserId user, absl::Time now, const domain::MailRow& mail,
                               const domain::AuditRecord& audit) override;
  absl::StatusOr<bool> ReplaceRecoveryCodes(base::UserId user,
                                            const std::vector<std::string>& hashes,
                                            const domain::MailRow& mail,
                                            const domain::AuditRecord& audit) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

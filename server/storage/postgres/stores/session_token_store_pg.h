#pragma once

#include <optional>
#include <vector>

#include "server/domain/ports/session_token_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Sessions that a session token holds, in PostgreSQL; every method is one statement and one round
// trip. Thread-safe.
class SessionTokenStorePg final : public domain::SessionTokenStore {
 public:
  // `pool` must outlive the store.
  explicit SessionTokenStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<std::vector<std::optional<domain::SessionTokenView>>> Find(
      absl::Span<const domain::PresentedSession> presented) override;
  absl::StatusOr<std::vector<std::optional<domain::RecordedUse>>> RecordUses(
      absl::Span<const domain::SessionUse> uses, absl::Duration idle, absl::Duration grain,
      absl::Time now) override;
  absl::StatusOr<domain::SessionPolicy> ReadPolicy() override;
  absl::StatusOr<domain::SessionPolicy> WritePolicy(const domain::SessionPolicy& policy,
                                                    const domain::AuditRecord& audit) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

#pragma once

#include "server/domain/ports/challenge_provider.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Used solutions in PostgreSQL: the primary key decides who was first. Thread-safe.
class UsedChallengesPg final : public domain::UsedChallenges {
 public:
  // `pool` must outlive the store.
  explicit UsedChallengesPg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<bool> Use(absl::string_view digest, absl::Time expires_at) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

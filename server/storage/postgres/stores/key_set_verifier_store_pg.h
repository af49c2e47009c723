#pragma once

#include "server/domain/ports/key_set_verifier_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// The verifiers in PostgreSQL. Thread-safe.
class KeySetVerifierStorePg final : public domain::KeySetVerifierStore {
 public:
  // `pool` must outlive the store.
  explicit KeySetVerifierStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::Status Report(absl::string_view replica, const std::vector<domain::KeySetVerifier>& seen,
                      const std::vector<std::string>& left, absl::Time now) override;
  absl::StatusOr<domain::KeySetStanding> List(absl::Time since) override;
  absl::Status Forget(absl::Time before) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

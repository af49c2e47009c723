#pragma once

#include "server/domain/ports/bucket_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Token buckets in PostgreSQL, in a table that is not logged. Thread-safe.
class BucketStorePg final : public domain::BucketStore {
 public:
  // `pool` must outlive the store.
  explicit BucketStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<std::vector<domain::BucketGrant>> Exchange(
      const std::vector<domain::BucketRequest>& requests, absl::Time now) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

#pragma once

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "server/domain/ports/service_account_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// When API keys were last used, kept here until Flush() writes all of them with one statement, away
// from the calls. No row is written more than once a minute, however many processes there are.
// Thread-safe.
class ApiKeyUsesPg final : public domain::ApiKeyUses {
 public:
  static constexpr size_t kMostKept = 65536;  // further keys wait for the next minute

  // `pool` must outlive it.
  explicit ApiKeyUsesPg(ConnectionPool& pool) : pool_(pool) {}

  void Note(domain::ApiKeyId id, absl::Time at) override;

  // Once a minute, and at the end. What cannot be written is kept for the next time.
  absl::Status Flush();

 private:
  ConnectionPool& pool_;
  base::Mutex mutex_;
  absl::flat_hash_map<domain::ApiKeyId, absl::Time> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::storage

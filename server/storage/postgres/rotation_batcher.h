#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "server/domain/lineage.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Rotates refresh tokens, taking together into one statement what waits at the same time (natural
// batching, as LevelDB groups its writers). The first caller in the queue leads: it takes all that
// queued up behind it, executes one statement for them and hands out the results. While its
// statement runs the next callers queue up behind the next leader. A caller alone leads at once
// and waits for nobody.
//
// Each rotation is decided by the row that the statement updated, so two of one lineage in one
// statement, in two statements or on two servers are all the same: one wins.
//
// Thread-safe.
class RotationBatcher {
 public:
  struct Options {
    int max_parallel = 2;  // statements under way
    int max_batch = 256;   // rotations per statement
  };

  // Both must outlive the batcher.
  RotationBatcher(ConnectionPool& pool, StorageObserver& observer, Options options);

  // The grant, or nothing when the presented token is not the live leaf of a live lineage of an
  // active account. Errors as ConnectionPool::Execute; DEADLINE_EXCEEDED when the calling thread's
  // deadline passed before its turn came. After UNAVAILABLE the rotation may have happened.
  absl::StatusOr<std::optional<domain::SessionGrant>> Rotate(const domain::Rotation& rotation);

  // Rotations that no statement has taken yet.
  size_t waiting() const;

 private:
  using Result = absl::StatusOr<std::optional<domain::SessionGrant>>;
  struct Waiter {
    const domain::Rotation& rotation;
    absl::Time deadline;
    enum class Stage { kQueued, kTaken, kDone } stage = Stage::kQueued;
    Result result = std::optional<domain::SessionGrant>();
    base::CondVar changed;
  };

  bool MayLead(const Waiter& waiter) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Waiter*> TakeBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Lead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Execute(const std::vector<Waiter*>& batch);

  ConnectionPool& pool_;
  StorageObserver& observer_;
  const Options options_;
  mutable base::Mutex mutex_;
  std::deque<Waiter*> queue_ ABSL_GUARDED_BY(mutex_);
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace signet::storage

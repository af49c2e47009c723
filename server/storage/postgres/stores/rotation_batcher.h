#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "server/domain/sessions/lineage.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Rotates refresh tokens, taking together into one statement what waits at the same time (natural
// batching, as LevelDB groups its writers). A caller that finds a statement free leads at once. The
// others queue up; whoever led hands his turn to the first of them, who takes all that queued up
// behind him, executes one statement for them and hands out the results. Each is woken once, on a
// lock of his own: woken on the shared one, a whole batch would stand in line for it again.
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
  enum class Turn { kNone, kLead, kDone };

  // One caller, in that caller's frame.
  class Waiter {
   public:
    Waiter(const domain::Rotation& asked, absl::Time until) : rotation(asked), deadline(until) {}

    // The last that another thread does with a waiter, for kDone: its caller may return at once.
    void Give(Turn turn);
    // The turn, or kNone when `until` passed first. Each turn is awaited once.
    Turn Await(absl::Time until);

    const domain::Rotation& rotation;
    const absl::Time deadline;
    Result result = std::optional<domain::SessionGrant>();

   private:
    base::Mutex mutex_;
    base::CondVar changed_;
    Turn turn_ ABSL_GUARDED_BY(mutex_) = Turn::kNone;
  };

  // True when `waiter` may lead now; otherwise it is queued.
  bool LeadsAtOnce(Waiter& waiter);
  // False when a statement has taken it already, or it has been told to lead.
  bool Withdraw(Waiter& waiter);
  // Executes `leader` with all that waits, wakes the others of the batch, and passes the turn on.
  void Lead(Waiter& leader);
  std::vector<Waiter*> TakeBatch(Waiter& leader);
  void PassTurn();
  void Execute(const std::vector<Waiter*>& batch);

  ConnectionPool& pool_;
  StorageObserver& observer_;
  const Options options_;
  mutable base::Mutex mutex_;
  // Only non-empty while max_parallel callers lead, those included that were just told to.
  std::deque<Waiter*> queue_ ABSL_GUARDED_BY(mutex_);
  int leading_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace signet::storage

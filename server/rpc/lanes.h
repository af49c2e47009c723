#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include "absl/types/span.h"
#include "client/base/batch_pool.h"
#include "client/base/worker_pool.h"
#include "server/observe/work_metrics.h"
#include "server/rpc/method_table.h"

namespace signet::rpc {

class PendingCall;

// The workers of the blocking lanes. A lane has its own threads and its own bounded queue, so that
// a login storm fills its own and refreshes go on. Thread-safe.
class Lanes {
 public:
  struct Size {
    size_t threads = 1;
    size_t queue_limit = 1;
  };
  struct Options {
    // Milliseconds of CPU each: as many as cores.
    Size compute{2, 64};
    // They wait for PostgreSQL: about as many as pooled connections, or the surplus only waits for
    // a connection.
    Size database{64, 8192};
    // While the batch of one waits for PostgreSQL, that of another is signed and answered.
    Size batch{2, 8192};
    size_t max_batch = 256;
    // They wait for the hashing executor, which refuses by deadline: many threads and a short
    // queue, so that calls stand where somebody can tell them how long it takes.
    Size hashing{128, 128};
  };

  // Carries calls that the batch lane took together, on one of its threads.
  using RunBatch = std::function<void(absl::Span<PendingCall* const> calls)>;

  Lanes(const Options& options, observe::LaneMetrics& metrics, RunBatch run_batch);
  // Drains.
  ~Lanes();

  enum class Submitted { kYes, kQueueFull, kShuttingDown };
  // `lane` is neither kInline nor kBatch. `task` runs once, or is destroyed without running.
  Submitted TrySubmit(Lane lane, base::WorkerPool::Task&& task);
  // To the lane kBatch: `call` comes out of `run_batch` once, with others.
  Submitted TrySubmit(PendingCall& call);

  // Takes nothing new, runs what is queued, joins the threads. Idempotent.
  void Drain();

 private:
  Submitted Refused(observe::LaneLabel lane);
  base::WorkerPool& pool(Lane lane) { return *pools_[static_cast<size_t>(lane)]; }

  observe::LaneMetrics& metrics_;
  std::array<std::unique_ptr<base::WorkerPool>, kLaneCount> pools_;  // null: kInline, kBatch
  base::BatchPool<PendingCall*> batches_;
  std::atomic<bool> draining_{false};
};

// The metric label of a lane.
observe::LaneLabel LabelOf(Lane lane);

}  // namespace signet::rpc

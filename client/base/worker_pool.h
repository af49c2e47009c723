#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "client/base/mutex.h"

namespace signet::base {

// A fixed number of threads over one bounded queue, first in first out. Thread-safe.
class WorkerPool {
 public:
  // Against other threads that want the same core (sched(7)).
  enum class Priority {
    kNormal,
    kLow,   // niceness 10: a tenth of the core; who wakes up may wait milliseconds for it
    kIdle,  // SCHED_IDLE: what others leave; who wakes up takes the core at once
  };
  struct Options {
    std::string name;        // thread name, at most 15 characters
    size_t threads = 1;      // at least 1
    size_t queue_limit = 1;  // tasks waiting, not counting the running ones
    Priority priority = Priority::kNormal;
  };
  using Task = absl::AnyInvocable<void()>;

  explicit WorkerPool(Options options);
  // Drain()s.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Queues `task`. False, and `task` untouched, when the queue is full or the pool is draining:
  // the caller answers with a refusal at once.
  bool TrySubmit(Task&& task);

  // Takes nothing new, runs what is queued, joins the threads. Idempotent.
  void Drain();

  size_t queued() const;
  size_t threads() const { return options_.threads; }

 private:
  void Run();

  const Options options_;
  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace signet::base

#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "absl/types/span.h"
#include "client/base/mutex.h"

namespace signet::base {

// A few threads over one bounded queue, first in first out, each of which takes all that waits
// (natural batching, as LevelDB groups its writers): alone at low load, without waiting for
// company, and the more together the more there is to do. Thread-safe.
template <typename Item>
class BatchPool {
 public:
  struct Options {
    std::string name;        // thread name, at most 15 characters
    size_t threads = 1;      // at least 1; batches under way
    size_t queue_limit = 1;  // items waiting, not counting those of the batches under way
    size_t max_batch = 1;    // items of one batch
  };
  // Carries a batch, never empty, to its end. On one of the threads.
  using Run = std::function<void(absl::Span<const Item> batch)>;

  BatchPool(Options options, Run run) : options_(std::move(options)), run_(std::move(run)) {
    threads_.reserve(options_.threads);
    for (size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
  }
  // Drain()s.
  ~BatchPool() { Drain(); }
  BatchPool(const BatchPool&) = delete;
  BatchPool& operator=(const BatchPool&) = delete;

  // Queues `item`. False when the queue is full or the pool is draining: the caller answers with a
  // refusal at once.
  bool TrySubmit(Item item) {
    {
      MutexLock lock(mutex_);
      if (draining_ || queue_.size() >= options_.queue_limit) return false;
      queue_.push_back(std::move(item));
    }
    wake_.NotifyOne();
    return true;
  }

  // Takes nothing new, runs what is queued, joins the threads. Idempotent.
  void Drain() {
    {
      MutexLock lock(mutex_);
      draining_ = true;
    }
    wake_.NotifyAll();
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  size_t queued() const {
    MutexLock lock(mutex_);
    return queue_.size();
  }

 private:
  void Work() {
    pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
    std::vector<Item> batch;
    while (Take(batch)) run_(batch);
  }

  // The next batch; false when there is none any more.
  bool Take(std::vector<Item>& batch) {
    batch.clear();
    MutexLock lock(mutex_);
    while (queue_.empty() && !draining_) wake_.Wait(mutex_);
    const auto end =
        queue_.begin() + static_cast<ptrdiff_t>(std::min(queue_.size(), options_.max_batch));
    std::move(queue_.begin(), end, std::back_inserter(batch));
    queue_.erase(queue_.begin(), end);
    return !batch.empty();
  }

  const Options options_;
  const Run run_;
  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<Item> queue_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace signet::base

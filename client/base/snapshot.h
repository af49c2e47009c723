#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "client/base/mutex.h"

namespace signet::base {

// One immutable value that writers replace whole and readers look at without a lock: the key set,
// the revocation set. A reader pays one relaxed-cost atomic load while the value is unchanged (its
// thread keeps the last reference) and one mutex only for the first read after a change.
//
// A thread holds on to the last value it read of each snapshot until it reads again or ends.
// Thread-safe.
template <typename T>
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const T> initial) : value_(std::move(initial)) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // Valid until this thread calls Read() on a snapshot of the same T again: use it within the
  // call, keep Share() beyond it.
  const T& Read() const {
    thread_local Cached cached;
    const uint64_t version = version_.load(std::memory_order_acquire);
    if (cached.owner != id_ || cached.version != version) Refresh(cached);
    return *cached.value;
  }

  std::shared_ptr<const T> Share() const {
    MutexLock lock(mutex_);
    return value_;
  }

  void Replace(std::shared_ptr<const T> next) {
    std::shared_ptr<const T> old;  // freed after the lock
    MutexLock lock(mutex_);
    old = std::exchange(value_, std::move(next));
    version_.fetch_add(1, std::memory_order_release);
  }

 private:
  struct Cached {
    uint64_t owner = 0;
    uint64_t version = 0;
    std::shared_ptr<const T> value;
  };

  void Refresh(Cached& cached) const {
    MutexLock lock(mutex_);
    cached.owner = id_;
    cached.version = version_.load(std::memory_order_relaxed);
    cached.value = value_;
  }

  // Not the address: a new snapshot may stand where a dead one stood.
  static uint64_t NextId() {
    static std::atomic<uint64_t> next{1};
    return next.fetch_add(1);
  }

  const uint64_t id_ = NextId();
  mutable Mutex mutex_;
  std::shared_ptr<const T> value_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> version_{1};
};

}  // namespace signet::base

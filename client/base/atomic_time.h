#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace signet::base {

// A time that many threads move on. Microseconds, as the database keeps them. Lock-free.
class AtomicTime {
 public:
  explicit AtomicTime(absl::Time time) : micros_(absl::ToUnixMicros(time)) {}
  absl::Time Get() const { return absl::FromUnixMicros(micros_.load(std::memory_order_relaxed)); }
  // Never back.
  void Advance(absl::Time time) {
    const int64_t next = absl::ToUnixMicros(time);
    int64_t now = micros_.load(std::memory_order_relaxed);
    while (now < next && !micros_.compare_exchange_weak(now, next, std::memory_order_relaxed)) {
    }
  }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace signet::base

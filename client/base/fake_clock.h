#pragma once

#include <atomic>

#include "client/base/clock.h"

namespace signet::base {

// A clock that stands still until a test moves it. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time start) : nanos_(absl::ToUnixNanos(start)) {}
  absl::Time Now() const override { return absl::FromUnixNanos(nanos_.load()); }
  void Advance(absl::Duration by) { nanos_.fetch_add(absl::ToInt64Nanoseconds(by)); }
  void Set(absl::Time to) { nanos_.store(absl::ToUnixNanos(to)); }

 private:
  std::atomic<int64_t> nanos_;
};

}  // namespace signet::base

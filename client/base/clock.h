#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace signet::base {

// Where "now" comes from. Rules over time take an absl::Time argument; only the composition root
// and the call runner read a Clock. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's wall clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace signet::base

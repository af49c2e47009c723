#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "client/base/clock.h"
#include "prometheus/collectable.h"

namespace signet::observe {

// How the database is cleaned up, by this process. Thread-safe.
class CleanupMetrics final : public prometheus::Collectable {
 public:
  explicit CleanupMetrics(const base::Clock& clock)
      : clock_(clock), done_at_micros_(absl::ToUnixMicros(clock.Now())) {}

  // A round of it was finished by this process, not left to another one.
  void Done(absl::Time at) { done_at_micros_.store(absl::ToUnixMicros(at)); }

  std::atomic<uint64_t> failures{0};
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const base::Clock& clock_;
  std::atomic<int64_t> done_at_micros_;  // or the start: one that never succeeds gets older, too
};

}  // namespace signet::observe

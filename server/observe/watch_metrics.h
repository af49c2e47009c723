#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "prometheus/collectable.h"
#include "server/observe/counter_set.h"
#include "server/observe/latency_histogram.h"

namespace signet::observe {

// What a revocation that was written was a part of.
enum class WatchPart { kSnapshot, kDelta };

// What WatchRevocations tells, and how far those are who watch the key set.
// Thread-safe, lock-free.
class WatchMetrics final : public prometheus::Collectable {
 public:
  WatchMetrics();

  CounterSet<WatchPart, 2> records;
  LatencyHistogram lag;
  std::atomic<int64_t> verifiers_current{0};
  std::atomic<int64_t> verifiers_behind{0};

  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace signet::observe

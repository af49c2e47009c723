#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/metric_family.h"
#include "server/observe/exemplar.h"
#include "server/observe/metric_sources.h"
#include "server/observe/sharded_cells.h"

namespace signet::observe {

// Upper bounds of every latency histogram, 50 µs to 10 s; +Inf follows.
inline constexpr std::array<int64_t, 17> kLatencyBoundsNanos = {
    50'000,      100'000,       250'000,       500'000,       1'000'000,     2'500'000,
    5'000'000,   10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000,
    500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

// A histogram of durations without a lock: three relaxed adds at most, and of a sampled call the
// exemplar of its bucket. Thread-safe.
class LatencyHistogram {
 public:
  LatencyHistogram() : cells_(kCells) {}

  // Negative durations (a clock stepped back) count as zero.
  void Observe(absl::Duration duration) { ObserveNanos(absl::ToInt64Nanoseconds(duration)); }
  void ObserveNanos(int64_t nanos, const TracedCall& call = {});

  // Appends one sample in seconds to `family`, which is a histogram.
  void CollectInto(prometheus::MetricFamily& family, LabelList labels) const;

  // Of each bucket the newest call whose traceparent is valid and sampled.
  std::vector<std::optional<Exemplar>> CollectExemplars() const;

  // How many durations were observed.
  uint64_t count() const;

 private:
  static constexpr size_t kBuckets = kLatencyBoundsNanos.size() + 1;
  static constexpr size_t kSumCell = kBuckets;
  static constexpr size_t kCells = kBuckets + 1;
  void Keep(size_t bucket, int64_t nanos, const TracedCall& call);

  ShardedCells cells_;
  std::array<ExemplarSlot, kBuckets> exemplars_;
};

}  // namespace signet::observe

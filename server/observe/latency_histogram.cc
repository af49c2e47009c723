#include "server/observe/latency_histogram.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace signet::observe {

void LatencyHistogram::ObserveNanos(int64_t nanos) {
  nanos = std::max<int64_t>(nanos, 0);
  const auto bound =
      std::lower_bound(kLatencyBoundsNanos.begin(), kLatencyBoundsNanos.end(), nanos);
  cells_.Add(static_cast<size_t>(bound - kLatencyBoundsNanos.begin()));
  cells_.Add(kSumCell, static_cast<uint64_t>(nanos));
}

void LatencyHistogram::CollectInto(prometheus::MetricFamily& family, LabelList labels) const {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  uint64_t cumulative = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    cumulative += cells_.Sum(i);
    const double bound = i < kLatencyBoundsNanos.size()
                             ? static_cast<double>(kLatencyBoundsNanos[i]) / 1e9
                             : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  // The count is the last bucket by definition, also while other threads go on counting.
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = static_cast<double>(cells_.Sum(kSumCell)) / 1e9;
  family.metric.push_back(std::move(metric));
}

uint64_t LatencyHistogram::count() const {
  uint64_t sum = 0;
  for (size_t i = 0; i < kBuckets; ++i) sum += cells_.Sum(i);
  return sum;
}

}  // namespace signet::observe

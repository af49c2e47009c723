#include "server/observe/latency_histogram.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace signet::observe {

void LatencyHistogram::ObserveNanos(int64_t nanos, const TracedCall& call) {
  nanos = std::max<int64_t>(nanos, 0);
  const auto bound =
      std::lower_bound(kLatencyBoundsNanos.begin(), kLatencyBoundsNanos.end(), nanos);
  const auto bucket = static_cast<size_t>(bound - kLatencyBoundsNanos.begin());
  cells_.Add(bucket);
  cells_.Add(kSumCell, static_cast<uint64_t>(nanos));
  if (!call.traceparent.empty()) Keep(bucket, nanos, call);
}

void LatencyHistogram::Keep(size_t bucket, int64_t nanos, const TracedCall& call) {
  const auto trace = ParseTraceParent(call.traceparent);
  if (!trace || !trace->sampled) return;
  exemplars_[bucket].Put(*trace, nanos, call.arrived + absl::Nanoseconds(nanos));
}

std::vector<std::optional<Exemplar>> LatencyHistogram::CollectExemplars() const {
  std::vector<std::optional<Exemplar>> exemplars;
  for (const ExemplarSlot& slot : exemplars_) exemplars.push_back(slot.Get());
  return exemplars;
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

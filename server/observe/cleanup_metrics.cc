#include "server/observe/cleanup_metrics.h"

#include "server/observe/metric_sources.h"

namespace signet::observe {

std::vector<prometheus::MetricFamily> CleanupMetrics::Collect() const {
  const absl::Time done_at = absl::FromUnixMicros(done_at_micros_.load());
  return {
      OneSample("signet_cleanup_age_seconds", absl::ToDoubleSeconds(clock_.Now() - done_at)),
      OneSample("signet_cleanup_failures_total", static_cast<double>(failures.load())),
  };
}

}  // namespace signet::observe

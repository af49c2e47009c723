#include "server/observe/audit_metrics.h"

#include <utility>

#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"

namespace signet::observe {

void AuditMetrics::Sealed(absl::Time at, int64_t events, absl::Duration lag) {
  sealed_at_micros_.store(absl::ToUnixMicros(at));
  lag_micros_.store(absl::ToInt64Microseconds(lag));
  events_.fetch_add(static_cast<uint64_t>(events));
}

std::vector<prometheus::MetricFamily> AuditMetrics::Collect() const {
  std::vector<prometheus::MetricFamily> families;
  families.push_back(OneSample("signet_audit_tree_size", static_cast<double>(tree_size.load())));
  families.push_back(
      OneSample("signet_audit_sealed_events_total", static_cast<double>(events_.load())));
  families.push_back(
      OneSample("signet_audit_seal_failures_total", static_cast<double>(failures.load())));
  families.push_back(
      OneSample("signet_audit_seal_lag_seconds", static_cast<double>(lag_micros_.load()) / 1e6));
  if (const int64_t at = sealed_at_micros_.load(); at != 0) {
    families.push_back(OneSample("signet_audit_seal_age_seconds",
                                 absl::ToDoubleSeconds(clock_.Now() - absl::FromUnixMicros(at))));
  }
  return families;
}

}  // namespace signet::observe

#include "server/observe/watch_metrics.h"

#include <utility>

#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"

namespace signet::observe {

WatchMetrics::WatchMetrics()
    : records("signet_watch_records_sent_total", "part", {"snapshot", "delta"}) {}

std::vector<prometheus::MetricFamily> WatchMetrics::Collect() const {
  auto lags = NewFamily("signet_watch_lag_seconds");
  lag.CollectInto(lags, {});
  auto verifiers = NewFamily("signet_key_set_verifiers");
  AddSample(verifiers, {{"state", "current"}}, static_cast<double>(verifiers_current.load()));
  AddSample(verifiers, {{"state", "behind"}}, static_cast<double>(verifiers_behind.load()));
  return {records.Collect(), std::move(lags), std::move(verifiers)};
}

}  // namespace signet::observe

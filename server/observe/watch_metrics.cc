#include "server/observe/watch_metrics.h"

#include <utility>

#include "server/observe/metric_sources.h"

namespace signet::observe {

WatchMetrics::WatchMetrics()
    : records("signet_watch_records_sent_total", "part", {"snapshot", "delta"}) {}

std::vector<prometheus::MetricFamily> WatchMetrics::Collect() const {
  auto lags = NewFamily("signet_watch_lag_seconds");
  lag.CollectInto(lags, {});
  return {records.Collect(), std::move(lags)};
}

}  // namespace signet::observe

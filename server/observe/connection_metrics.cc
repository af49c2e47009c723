#include "server/observe/connection_metrics.h"

#include <utility>

#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"

namespace signet::observe {

std::vector<prometheus::MetricFamily> ConnectionMetrics::Collect() const {
  auto opened = NewFamily("signet_grpc_connections");
  AddSample(opened, {}, static_cast<double>(open.load(std::memory_order_relaxed)));
  auto turned_away = NewFamily("signet_grpc_connections_refused_total");
  AddSample(turned_away, {}, static_cast<double>(refused.load(std::memory_order_relaxed)));
  return {std::move(opened), std::move(turned_away)};
}

}  // namespace signet::observe

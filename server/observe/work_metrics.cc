#include "server/observe/work_metrics.h"

#include <algorithm>
#include <utility>

#include "server/observe/metric_catalog.h"

namespace signet::observe {
namespace {

constexpr std::array<absl::string_view, 5> kLanes = {"inline", "compute", "database", "batch",
                                                     "hashing"};
constexpr std::array<absl::string_view, 5> kRefusals = {"queue_full", "in_flight_limit", "expired",
                                                        "cancelled", "shutting_down"};

size_t RefusalCell(size_t lane, size_t why) { return lane * kRefusals.size() + why; }

prometheus::MetricFamily Histogram(absl::string_view name, const LatencyHistogram& histogram) {
  prometheus::MetricFamily family = NewFamily(name);
  histogram.CollectInto(family, {});
  return family;
}

std::vector<std::string> Sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

LaneMetrics::LaneMetrics() : refused_(kLanes.size() * kRefusals.size()) {}

void LaneMetrics::Refused(LaneLabel lane, LaneRefusal why) {
  refused_.Add(RefusalCell(static_cast<size_t>(lane), static_cast<size_t>(why)));
}

uint64_t LaneMetrics::refused(LaneLabel lane, LaneRefusal why) const {
  return refused_.Sum(RefusalCell(static_cast<size_t>(lane), static_cast<size_t>(why)));
}

void LaneMetrics::Queued(LaneLabel lane, int64_t change) {
  depth_[static_cast<size_t>(lane)].fetch_add(change, std::memory_order_relaxed);
}

std::vector<prometheus::MetricFamily> LaneMetrics::Collect() const {
  auto depth = NewFamily("signet_lane_queue_depth");
  auto refused = NewFamily("signet_lane_refused_total");
  for (size_t lane = 0; lane < kLanes.size(); ++lane) {
    AddSample(depth, {{"lane", std::string(kLanes[lane])}}, static_cast<double>(depth_[lane]));
    for (size_t why = 0; why < kRefusals.size(); ++why) {
      AddSample(refused,
                {{"lane", std::string(kLanes[lane])}, {"reason", std::string(kRefusals[why])}},
                static_cast<double>(refused_.Sum(RefusalCell(lane, why))));
    }
  }
  return {std::move(depth), std::move(refused)};
}

HashingMetrics::HashingMetrics()
    : shed("signet_hashing_shed_total", "reason",
           {"deadline", "queue_full", "memory", "draining"}) {}

std::vector<prometheus::MetricFamily> HashingMetrics::Collect() const {
  return {OneSample("signet_hashing_queue_depth", static_cast<double>(queue_depth.load())),
          Histogram("signet_hashing_wait_seconds", wait),
          Histogram("signet_hashing_service_seconds", service), shed.Collect()};
}

PoolMetrics::PoolMetrics(const std::vector<std::string>& statements)
    : errors("signet_database_errors_total", "kind",
             {"connect", "broken", "timeout", "lease_timeout", "serialization", "other"}),
      statements_(Sorted(statements)),
      counts_(statements.size() + 1) {}

void PoolMetrics::Statement(absl::string_view name) {
  const auto at = std::lower_bound(statements_.begin(), statements_.end(), name);
  const bool known = at != statements_.end() && *at == name;
  counts_.Add(known ? static_cast<size_t>(at - statements_.begin()) : statements_.size());
}

std::vector<prometheus::MetricFamily> PoolMetrics::Collect() const {
  auto connections = NewFamily("signet_database_pool_connections");
  AddSample(connections, {{"state", "in_use"}}, static_cast<double>(in_use));
  AddSample(connections, {{"state", "idle"}}, static_cast<double>(idle));
  auto statements = NewFamily("signet_database_statements_total");
  for (size_t i = 0; i <= statements_.size(); ++i) {
    AddSample(statements, {{"statement", i < statements_.size() ? statements_[i] : "other"}},
              static_cast<double>(counts_.Sum(i)));
  }
  return {std::move(connections),
          OneSample("signet_database_pool_limit", static_cast<double>(limit.load())),
          Histogram("signet_database_pool_wait_seconds", wait), errors.Collect(),
          std::move(statements)};
}

}  // namespace signet::observe

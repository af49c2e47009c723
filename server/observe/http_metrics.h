#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "server/observe/exemplar.h"
#include "server/observe/latency_histogram.h"
#include "server/observe/sharded_cells.h"

namespace signet::observe {

// signet_http_requests_total and signet_http_request_seconds of one route. Thread-safe, lock-free.
class HttpRouteMetrics {
 public:
  explicit HttpRouteMetrics(std::string route) : route_(std::move(route)), classes_(kClasses) {}

  // `status`: 200 to 599.
  void Handled(int status, int64_t nanos, const TracedCall& call = {});
  // Of the class of `status`.
  uint64_t handled(int status) const;

 private:
  friend class HttpMetrics;
  static constexpr size_t kClasses = 4;  // 2xx, 3xx, 4xx, 5xx

  const std::string route_;  // "/oauth2/token"
  ShardedCells classes_;
  LatencyHistogram latency_;
};

// The HTTP port. Every series is there from the start, so that no path that a stranger asks for
// makes one. Thread-safe, lock-free but for AddRoute().
class HttpMetrics final : public prometheus::Collectable, public ExemplarSource {
 public:
  // Lives as long as this object. Before the port opens: a scrape reads the list.
  HttpRouteMetrics& AddRoute(std::string route);

  std::atomic<int64_t> connections{0};            // open
  std::atomic<int64_t> connections_refused{0};    // closed at once: there were too many
  std::atomic<int64_t> connections_displaced{0};  // closed while they waited, for a new one
  std::atomic<int64_t> shed{0};                   // requests that found no worker

  // When the certificate that is served ends; asked by each scrape, so that one which was replaced
  // counts although nobody has connected since. Empty: there is no TLS. Set before the port opens.
  std::function<std::optional<absl::Time>()> certificate_end;

  std::vector<prometheus::MetricFamily> Collect() const override;
  FamilyExemplars CollectExemplars() const override;

 private:
  std::deque<HttpRouteMetrics> routes_;
};

}  // namespace signet::observe

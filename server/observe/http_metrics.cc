#include "server/observe/http_metrics.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"

namespace signet::observe {
namespace {

// 0 for 2xx (and below), 3 for 5xx.
size_t ClassOf(int status) { return static_cast<size_t>(std::clamp(status / 100, 2, 5) - 2); }

}  // namespace

void HttpRouteMetrics::Handled(int status, int64_t nanos, const TracedCall& call) {
  classes_.Add(ClassOf(status));
  latency_.ObserveNanos(nanos, call);
}

uint64_t HttpRouteMetrics::handled(int status) const { return classes_.Sum(ClassOf(status)); }

HttpRouteMetrics& HttpMetrics::AddRoute(std::string route) {
  return routes_.emplace_back(std::move(route));
}

std::vector<prometheus::MetricFamily> HttpMetrics::Collect() const {
  auto requests = NewFamily("signet_http_requests_total");
  auto seconds = NewFamily("signet_http_request_seconds");
  for (const HttpRouteMetrics& route : routes_) {
    for (size_t i = 0; i < HttpRouteMetrics::kClasses; ++i) {
      AddSample(requests, {{"route", route.route_}, {"status", absl::StrCat(i + 2, "xx")}},
                static_cast<double>(route.classes_.Sum(i)));
    }
    route.latency_.CollectInto(seconds, {{"route", route.route_}});
  }
  auto certificate = NewFamily("signet_tls_certificate_expiry_time_seconds");
  if (const auto end = certificate_end ? certificate_end() : std::nullopt) {
    AddSample(certificate, {}, static_cast<double>(absl::ToUnixSeconds(*end)));
  }
  return {std::move(requests),
          std::move(seconds),
          std::move(certificate),
          OneSample("signet_http_connections", static_cast<double>(connections.load())),
          OneSample("signet_http_connections_refused_total",
                    static_cast<double>(connections_refused.load())),
          OneSample("signet_http_connections_displaced_total",
                    static_cast<double>(connections_displaced.load())),
          OneSample("signet_http_shed_total", static_cast<double>(shed.load()))};
}

FamilyExemplars HttpMetrics::CollectExemplars() const {
  FamilyExemplars exemplars{"signet_http_request_seconds", {}};
  for (const HttpRouteMetrics& route : routes_) {
    exemplars.metrics.push_back(route.latency_.CollectExemplars());
  }
  return exemplars;
}

}  // namespace signet::observe

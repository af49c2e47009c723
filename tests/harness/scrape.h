#pragma once

#include "absl/strings/string_view.h"

namespace signet::tests {

// The value of one series of a scrape, named as it stands there, labels included, e.g.
// `signet_refreshes_total{outcome="reused"}`; -1 when there is no such series.
double Metric(int http_port, absl::string_view series);

// The sum over all series of one name whose labels contain `label`.
double MetricSum(int http_port, absl::string_view name, absl::string_view label);

}  // namespace signet::tests

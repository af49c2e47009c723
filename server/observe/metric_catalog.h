#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "prometheus/metric_family.h"
#include "prometheus/metric_type.h"

namespace signet::observe {

// One metric as documented: docs/metrics.md holds exactly these rows, and a test compares both
// with a live scrape.
struct MetricDescription {
  absl::string_view name;
  prometheus::MetricType type;
  absl::string_view labels;  // comma-separated label names, empty for none
  absl::string_view help;
};

// Every metric that this server can ever show, in the order of docs/metrics.md.
absl::Span<const MetricDescription> MetricCatalog();

// An empty family of that name, with type and help of the catalog. Ends the process for a name
// that is not in it: an undocumented metric is a fault of ours, found by the first test that runs.
prometheus::MetricFamily NewFamily(absl::string_view name);

}  // namespace signet::observe

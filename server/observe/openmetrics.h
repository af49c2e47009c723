#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "prometheus/metric_family.h"
#include "server/observe/exemplar.h"

namespace signet::observe {

// `families` in the text format of OpenMetrics 1.0, which prometheus-cpp does not write:
// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md
// The samples are those of the format 0.0.4, by the same names and labels and with the same values,
// so that queries do not notice which one was scraped. A counter's family has its name without
// `_total`; one that does not end so would have to be renamed, and is of type `unknown`.
// Each of `exemplars` belongs to one of `families`; that of a bucket stands behind it.
std::string OpenMetricsText(const std::vector<prometheus::MetricFamily>& families,
                            const std::vector<FamilyExemplars>& exemplars);

// Content-Type of OpenMetricsText().
inline constexpr absl::string_view kOpenMetricsContentType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

}  // namespace signet::observe

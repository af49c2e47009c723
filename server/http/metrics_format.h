#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace signet::http {

// Whether a scrape with these Accept fields (RFC 9110 section 12.5.1) gets OpenMetrics 1.0 text:
// where it names application/openmetrics-text, of version 1.0.0 or of none, and wants it at least
// as much as text/plain of version 0.0.4. A wildcard names nothing, so that browsers and curl see
// plain text. Other parameters decide nothing (Prometheus 3 sends `escaping`, and every name here
// is of the old form); a range whose q is no quality is as if it were not there.
bool AsksForOpenMetrics(const std::vector<absl::string_view>& accept);

}  // namespace signet::http

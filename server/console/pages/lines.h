#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/console/chart.h"
#include "server/console/history.h"
#include "server/console/page.h"

namespace signet::console {

// Of the metrics that the pages draw.
inline constexpr absl::string_view kHandled = "grpc_server_handled_total";
inline constexpr absl::string_view kHandling = "grpc_server_handling_seconds";

// What several pages draw.

// Calls per second by what became of them, of one RPC or of all (both names empty).
Chart CallsChart(const History& history, absl::string_view service, absl::string_view method);
// Those that were refused or failed.
Chart ErrorsChart(const History& history, absl::string_view service, absl::string_view method);
// Half, 95 and 99 of a hundred durations of a histogram were shorter.
Chart LatencyChart(const History& history, std::string title, const Which& histogram);
// A line for each of the values of the one label of a counter that were counted, the busiest first;
// of more than four the rest together.
Chart RatesByLabel(const History& history, std::string title, absl::string_view family);

// How often each value of the one label of a counter was counted in the last 15 minutes, the most
// frequent first, and how it went; values that were not counted have no row. `meanings` says what
// they mean, where there is something to say.
using Meanings = std::vector<std::pair<absl::string_view, absl::string_view>>;
Table CountsByLabel(const History& history, std::string caption, std::string label,
                    absl::string_view family, const Meanings& meanings = {});

// "rate_limited" as people write it: "rate limited".
std::string Readable(absl::string_view name);

// Of 100, how many the one is of both; nothing where there is nothing.
std::optional<double> Share(double of, double all);

}  // namespace signet::console

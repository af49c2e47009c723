#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::bench {

// What one run of one case found. A program that measures prints one per line; `bench_report` puts
// them beside each other. Figures that a case does not have are absent, never zero.
struct Measurement {
  std::string name;              // "validate/unary"
  double rate = 0;               // units per second: calls, tokens, transactions
  std::optional<double> p50_us;  // latency, microseconds, from the intended start
  std::optional<double> p99_us;
  std::optional<double> p999_us;
  std::optional<double> cpu_us_per_call;  // of the server process; micro benchmarks: of the thread
  double refused = 0;                     // calls turned away by load shedding or a deadline
};

// One line without its end: `name=validate/unary rate=61234.5 p50_us=…`.
std::string FormatMeasurement(const Measurement& measurement);

// INVALID_ARGUMENT, with the line: no name, no rate, an unknown key, no number.
absl::StatusOr<Measurement> ParseMeasurement(absl::string_view line);

}  // namespace signet::bench

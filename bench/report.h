#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bench/measurement.h"
#include "bench/promises.h"

namespace signet::bench {

// One measurement beside its limit and its promise.
struct Row {
  Measurement measured;
  std::optional<double> limit;   // the limit's figure, from the same run
  std::optional<double> ratio;   // figure over limit
  std::optional<double> target;  // what `ratio` or, for absolute promises, the figure has to reach
  std::optional<bool> met;       // absent where nothing is promised
};

// Promised cases first, in their order; then what else was measured, in its own. A case that was
// measured several times counts with the run of the median rate. A promised case that shed calls
// has not met its promise, whatever its figures: it answered the easy ones.
std::vector<Row> Judge(const std::vector<Measurement>& measured,
                       absl::Span<const Promise> promises);

// A table for people; missed promises are marked MISSED.
std::string AsTable(const std::vector<Row>& rows);

// {"results":[{"name":…,"rate":…,"p50_us":…,"p99_us":…,"p999_us":…,"cpu_us_per_call":…,
// "limit":…,"ratio":…,"target":…,"met":…,"refused":…}, …]}, one result per line; null where absent.
std::string AsJson(const std::vector<Row>& rows);

// Whether `json` has the form of AsJson() and a row for each of `names`, every rate above zero.
// INVALID_ARGUMENT, naming what is wrong. Judges no figure: it is for tests that the benchmarks
// still run.
absl::Status CheckShape(absl::string_view json, const std::vector<std::string>& names);

}  // namespace signet::bench

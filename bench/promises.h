#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace signet::bench {

// Which figure of a measurement a promise is about.
enum class Figure { kRate, kP99 };

// What the figure is compared with: the same figure of another case of the same run, or a number.
enum class Basis { kRatioToLimit, kAbsolute };

// One line of the table: a case, the case that is its limit, and what is promised of it. Rates are
// promised from below, latencies from above.
struct Promise {
  absl::string_view name;
  absl::string_view limit;  // empty: nothing to compare with
  Figure figure = Figure::kRate;
  Basis basis = Basis::kRatioToLimit;
  double target = 0;  // 0: nothing is promised, the ratio is printed all the same
};

// Every case that has a limit or a promise, in the order of the table.
absl::Span<const Promise> Promises();

}  // namespace signet::bench

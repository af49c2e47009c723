#include "bench/measurement.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace signet::bench {
namespace {

void Append(std::string& line, absl::string_view key, const std::optional<double>& value) {
  if (value) absl::StrAppendFormat(&line, " %s=%.3f", key, *value);
}

bool Assign(Measurement& into, absl::string_view key, double value) {
  if (key == "rate")
    into.rate = value;
  else if (key == "p50_us")
    into.p50_us = value;
  else if (key == "p99_us")
    into.p99_us = value;
  else if (key == "p999_us")
    into.p999_us = value;
  else if (key == "cpu_us_per_call")
    into.cpu_us_per_call = value;
  else if (key == "refused")
    into.refused = value;
  else
    return false;
  return true;
}

}  // namespace

std::string FormatMeasurement(const Measurement& measurement) {
  std::string line = absl::StrFormat("name=%s rate=%.3f", measurement.name, measurement.rate);
  Append(line, "p50_us", measurement.p50_us);
  Append(line, "p99_us", measurement.p99_us);
  Append(line, "p999_us", measurement.p999_us);
  Append(line, "cpu_us_per_call", measurement.cpu_us_per_call);
  if (measurement.refused > 0) Append(line, "refused", measurement.refused);
  return line;
}

absl::StatusOr<Measurement> ParseMeasurement(absl::string_view line) {
  Measurement found;
  bool has_rate = false;
  for (absl::string_view word : absl::StrSplit(line, ' ', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(word, absl::MaxSplits('=', 1));
    double value = 0;
    if (pair.first == "name") {
      found.name = std::string(pair.second);
    } else if (!absl::SimpleAtod(pair.second, &value) || !Assign(found, pair.first, value)) {
      return absl::InvalidArgumentError(absl::StrCat("no measurement: ", line));
    }
    has_rate |= pair.first == "rate";
  }
  if (found.name.empty() || !has_rate) {
    return absl::InvalidArgumentError(absl::StrCat("no measurement: ", line));
  }
  return found;
}

}  // namespace signet::bench

#include "tests/harness/scrape.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/harness/http_get.h"

namespace signet::tests {
namespace {

// Name (with labels) and value of every series.
std::vector<std::pair<std::string, double>> Scrape(int port) {
  std::vector<std::pair<std::string, double>> series;
  const std::string text = HttpGet(port, "/metrics").body;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (line[0] == '#') continue;
    const std::pair<absl::string_view, absl::string_view> halves = {
        line.substr(0, line.rfind(' ')), line.substr(line.rfind(' ') + 1)};
    double value = 0;
    if (absl::SimpleAtod(halves.second, &value)) series.emplace_back(halves.first, value);
  }
  return series;
}

}  // namespace

double Metric(int http_port, absl::string_view series) {
  for (const auto& [name, value] : Scrape(http_port)) {
    if (name == series) return value;
  }
  return -1;
}

double MetricSum(int http_port, absl::string_view name, absl::string_view label) {
  double sum = 0;
  for (const auto& [series, value] : Scrape(http_port)) {
    if (series.substr(0, series.find('{')) == name && absl::StrContains(series, label)) {
      sum += value;
    }
  }
  return sum;
}

}  // namespace signet::tests

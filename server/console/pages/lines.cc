#include "server/console/pages/lines.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace signet::console {
namespace {

struct Counted {
  std::string name;
  double total = 0;
};

std::vector<Counted> ByFrequency(const History& history, absl::string_view family) {
  std::vector<Counted> counted;
  for (std::string& name : history.LabelsOf(family, 0)) {
    const double total = history.Total({family, {name}});
    counted.push_back({std::move(name), total});
  }
  std::stable_sort(counted.begin(), counted.end(),
                   [](const Counted& a, const Counted& b) { return a.total > b.total; });
  return counted;
}

void AddValues(const History::Values& more, History::Values& sum) {
  sum.resize(std::max(sum.size(), more.size()));
  for (size_t i = 0; i < more.size(); ++i) {
    if (more[i]) sum[i] = sum[i].value_or(0) + *more[i];
  }
}

}  // namespace

Chart CallsChart(const History& history, absl::string_view service, absl::string_view method) {
  return {"Calls",
          Unit::kPerSecond,
          {{"all", history.Rate({kHandled, {service, method}})},
           {"served", history.Rate({kHandled, {service, method, "served"}})}}};
}

Chart ErrorsChart(const History& history, absl::string_view service, absl::string_view method) {
  return {"Refused and failed",
          Unit::kPerSecond,
          {{"failed", history.Rate({kHandled, {service, method, "failed"}})},
           {"refused", history.Rate({kHandled, {service, method, "refused"}})}}};
}

Chart LatencyChart(const History& history, std::string title, const Which& histogram) {
  return {std::move(title),
          Unit::kSeconds,
          {{"p99", history.Quantile(histogram, 0.99)},
           {"p95", history.Quantile(histogram, 0.95)},
           {"p50", history.Quantile(histogram, 0.5)}}};
}

Chart RatesByLabel(const History& history, std::string title, absl::string_view family) {
  Chart chart{std::move(title), Unit::kPerSecond, {}};
  std::vector<Counted> counted = ByFrequency(history, family);
  std::erase_if(counted, [](const Counted& one) { return one.total == 0; });
  if (counted.empty())
    return {std::move(chart.title), chart.unit, {{"none", history.Rate({family})}}};
  const size_t alone = counted.size() > kMostLines ? kMostLines - 1 : counted.size();
  for (size_t i = 0; i < alone; ++i) {
    chart.lines.push_back({Readable(counted[i].name), history.Rate({family, {counted[i].name}})});
  }
  if (alone == counted.size()) return chart;
  Line rest{"others", {}};
  for (size_t i = alone; i < counted.size(); ++i) {
    AddValues(history.Rate({family, {counted[i].name}}), rest.values);
  }
  chart.lines.push_back(std::move(rest));
  return chart;
}

Table CountsByLabel(const History& history, std::string caption, std::string label,
                    absl::string_view family, const Meanings& meanings) {
  Table table{.caption = std::move(caption),
              .head = {std::move(label), "in 15 min", "over time"},
              .rows = {}};
  if (!meanings.empty()) {
    table.head.emplace_back("meaning");
    table.texts = {3};
  }
  for (const Counted& one : ByFrequency(history, family)) {
    if (one.total == 0) continue;
    std::vector<Markup> row = {Words(Readable(one.name)), Words(Spell(one.total, Unit::kCount)),
                               DrawSpark(absl::StrCat(Readable(one.name), " over time"),
                                         history.Rate({family, {one.name}}))};
    if (!meanings.empty()) {
      const auto found = std::find_if(meanings.begin(), meanings.end(),
                                      [&](const auto& known) { return known.first == one.name; });
      row.push_back(Words(found == meanings.end() ? "" : found->second));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string Readable(absl::string_view name) { return absl::StrReplaceAll(name, {{"_", " "}}); }

std::optional<double> Share(double of, double all) {
  if (all <= 0) return std::nullopt;
  return 100 * of / all;
}

}  // namespace signet::console

#include "bench/report.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "simdjson.h"

namespace signet::bench {
namespace {

std::optional<Measurement> Median(const std::vector<Measurement>& all, absl::string_view name) {
  std::vector<Measurement> runs;
  for (const Measurement& one : all) {
    if (one.name == name) runs.push_back(one);
  }
  if (runs.empty()) return std::nullopt;
  std::sort(runs.begin(), runs.end(),
            [](const Measurement& a, const Measurement& b) { return a.rate < b.rate; });
  return runs[runs.size() / 2];
}

std::optional<double> FigureOf(const Measurement& measured, Figure figure) {
  return figure == Figure::kRate ? measured.rate : measured.p99_us;
}

Row JudgeOne(const Promise& promise, Measurement measured, const std::vector<Measurement>& all) {
  Row row{.measured = std::move(measured)};
  const auto figure = FigureOf(row.measured, promise.figure);
  if (const auto limit = Median(all, promise.limit)) row.limit = FigureOf(*limit, promise.figure);
  if (figure && row.limit && *row.limit > 0) row.ratio = *figure / *row.limit;
  if (promise.target <= 0) return row;
  row.target = promise.target;
  const auto judged = promise.basis == Basis::kAbsolute ? figure : row.ratio;
  // Without its limit a promise is neither kept nor broken.
  if (!judged) return row;
  row.met =
      row.measured.refused <= 0 &&
      (promise.figure == Figure::kRate ? *judged >= promise.target : *judged <= promise.target);
  return row;
}

std::string Cell(const std::optional<double>& value) {
  if (!value) return "-";
  if (std::abs(*value) >= 10'000) return absl::StrFormat("%.0f", *value);
  return absl::StrFormat(std::abs(*value) >= 100 ? "%.1f" : "%.2f", *value);
}

std::string Verdict(const Row& row) {
  if (row.measured.refused > 0) {
    return absl::StrFormat("%s (%.0f refused)", row.met ? "MISSED" : "", row.measured.refused);
  }
  return row.met ? (*row.met ? "met" : "MISSED") : "";
}

std::string JsonNumber(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? absl::StrFormat("%.4f", *value) : "null";
}

}  // namespace

std::vector<Row> Judge(const std::vector<Measurement>& measured,
                       absl::Span<const Promise> promises) {
  std::vector<Row> rows;
  std::set<absl::string_view> done;
  for (const Promise& promise : promises) {
    auto median = Median(measured, promise.name);
    if (!median) continue;
    rows.push_back(JudgeOne(promise, *std::move(median), measured));
    done.insert(promise.name);
  }
  for (const Measurement& one : measured) {
    if (done.insert(one.name).second) rows.push_back({.measured = *Median(measured, one.name)});
  }
  return rows;
}

std::string AsTable(const std::vector<Row>& rows) {
  constexpr char kFormat[] = "%-25s %11s %10s %10s %10s %9s %11s %7s %8s  %s\n";
  std::string table = absl::StrFormat(kFormat, "case", "rate/s", "p50 us", "p99 us", "p99.9 us",
                                      "cpu us", "limit", "ratio", "target", "");
  for (const Row& row : rows) {
    const Measurement& m = row.measured;
    absl::StrAppendFormat(&table, kFormat, m.name, Cell(m.rate), Cell(m.p50_us), Cell(m.p99_us),
                          Cell(m.p999_us), Cell(m.cpu_us_per_call), Cell(row.limit),
                          Cell(row.ratio), Cell(row.target), Verdict(row));
  }
  return table;
}

std::string AsJson(const std::vector<Row>& rows) {
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    const Measurement& m = row.measured;
    lines.push_back(absl::StrCat(
        "{\"name\":\"", m.name, "\",\"rate\":", JsonNumber(m.rate),
        ",\"p50_us\":", JsonNumber(m.p50_us), ",\"p99_us\":", JsonNumber(m.p99_us), ",\"p999_us\":",
        JsonNumber(m.p999_us), ",\"cpu_us_per_call\":", JsonNumber(m.cpu_us_per_call),
        ",\"limit\":", JsonNumber(row.limit), ",\"ratio\":", JsonNumber(row.ratio), ",\"target\":",
        JsonNumber(row.target), ",\"met\":", row.met ? (*row.met ? "true" : "false") : "null",
        ",\"refused\":", JsonNumber(m.refused), "}"));
  }
  return absl::StrCat("{\"results\":[\n", absl::StrJoin(lines, ",\n"), "\n]}\n");
}

absl::Status CheckShape(absl::string_view json, const std::vector<std::string>& names) {
  // The DOM interface, not the fast one: the whole text is proved to be JSON before it is looked
  // at.
  simdjson::dom::parser parser;
  simdjson::dom::array results;
  if (parser.parse(json.data(), json.size())["results"].get_array().get(results)) {
    return absl::InvalidArgumentError("no JSON object with an array \"results\"");
  }
  std::set<std::string, std::less<>> found;
  for (simdjson::dom::element row : results) {
    std::string_view name;
    double rate = 0;
    if (row["name"].get_string().get(name)) return absl::InvalidArgumentError("row without name");
    if (row["rate"].get_double().get(rate) || !(rate > 0)) {
      return absl::InvalidArgumentError(absl::StrCat(std::string(name), ": no rate above zero"));
    }
    for (const char* key :
         {"p50_us", "p99_us", "p999_us", "cpu_us_per_call", "limit", "ratio", "target", "met"}) {
      if (row[key].error()) {
        return absl::InvalidArgumentError(absl::StrCat(std::string(name), ": no ", key));
      }
    }
    found.emplace(name);
  }
  for (const std::string& name : names) {
    if (!found.contains(name)) return absl::InvalidArgumentError(absl::StrCat("no row ", name));
  }
  return absl::OkStatus();
}

}  // namespace signet::bench

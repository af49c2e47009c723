#include "server/console/chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace signet::console {
namespace {

constexpr double kWidth = 720;
constexpr double kHeight = 160;
constexpr double kSparkHeight = 28;
constexpr absl::string_view kNothing = "–";

std::string Digits(double value) {
  const double size = std::fabs(value);
  if (size == 0) return "0";
  if (size < 0.01) return absl::StrFormat("%.3f", value);
  if (size < 1) return absl::StrFormat("%.2g", value);
  if (size < 100) return absl::StrFormat("%.4g", std::round(value * 10) / 10);
  return absl::StrFormat("%.0f", value);
}

std::string Scaled(double value, double step, std::initializer_list<absl::string_view> suffixes) {
  size_t at = 0;
  while (std::fabs(value) >= step && at + 1 < suffixes.size()) {
    value /= step;
    ++at;
  }
  return absl::StrCat(Digits(value), *(suffixes.begin() + at));
}

std::string SpellSeconds(double seconds) {
  if (seconds == 0) return "0 s";
  if (seconds < 1e-3) return absl::StrCat(Digits(seconds * 1e6), " µs");
  if (seconds < 1) return absl::StrCat(Digits(seconds * 1e3), " ms");
  return absl::StrCat(Digits(seconds), " s");
}

// The next of 1, 2, 5, 10, … : a scale that can be read. Of bytes, in their own powers.
double ScaleTop(double most, Unit unit) {
  if (most <= 0) return 1;
  double whole = 1;
  while (unit == Unit::kBytes && most >= 1024 * whole) whole *= 1024;
  const double power = whole * std::pow(10, std::floor(std::log10(most / whole)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (most <= step * power) return step * power;
  }
  return 10 * power;
}

double MostOf(const History::Values& values) {
  double most = 0;
  for (const auto& value : values) most = std::max(most, value.value_or(0));
  return most;
}

size_t PointsOf(const History::Values& values) {
  return static_cast<size_t>(std::count_if(values.begin(), values.end(),
                                           [](const auto& value) { return value.has_value(); }));
}

// Where there is nothing the line breaks off; a value alone is a dot.
struct Paths {
  std::string line;
  std::string dots;
};
Paths PathsOf(const History::Values& values, double top, double height) {
  Paths paths;
  bool open = false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) {
      open = false;
      continue;
    }
    const double age = static_cast<double>(values.size() - 1 - i);
    const double x = kWidth * (1 - age / (History::kTicks - 1));
    const double y = height * (1 - std::clamp(*values[i] / top, 0.0, 1.0));
    const bool alone = !open && (i + 1 == values.size() || !values[i + 1]);
    if (alone) {
      absl::StrAppendFormat(&paths.dots, "M%.1f %.1fh.01", x, y);
    } else {
      absl::StrAppendFormat(&paths.line, "%c%.1f %.1f", open ? 'L' : 'M', x, y);
    }
    open = true;
  }
  return paths;
}

// `tone`: which of the four that a stylesheet tells apart.
void AddLine(const History::Values& values, double top, double height, size_t tone, Markup& out) {
  const Paths paths = PathsOf(values, top, height);
  if (!paths.line.empty()) {
    out.Raw("<path class=\"line l").Text(absl::StrCat(tone)).Raw("\" d=\"").Text(paths.line);
    out.Raw("\"/>");
  }
  if (!paths.dots.empty()) {
    out.Raw("<path class=\"line dot l").Text(absl::StrCat(tone)).Raw("\" d=\"").Text(paths.dots);
    out.Raw("\"/>");
  }
}

std::string Described(const Chart& chart) {
  std::string text = absl::StrCat(chart.title, ", last 15 minutes.");
  for (const Line& line : chart.lines) {
    const auto now = line.values.empty() ? std::nullopt : line.values.back();
    absl::StrAppend(&text, " ", line.label, ": now ", Spell(now, chart.unit), ", most ",
                    Spell(MostOf(line.values), chart.unit), ".");
  }
  return text;
}

absl::string_view UnitName(Unit unit) {
  switch (unit) {
    case Unit::kPerSecond:
      return "per second";
    case Unit::kSeconds:
      return "time";
    case Unit::kCount:
      return "count";
    case Unit::kBytes:
      return "bytes";
    case Unit::kPercent:
      return "percent";
  }
  return "";
}

void AddPlot(const Chart& chart, double top, Markup& out) {
  size_t points = 0;
  for (const Line& line : chart.lines) points = std::max(points, PointsOf(line.values));
  out.Raw("<svg viewBox=\"0 0 720 160\" preserveAspectRatio=\"none\" role=\"img\" data-points=\"")
      .Text(absl::StrCat(points))
      .Raw("\" aria-label=\"")
      .Text(Described(chart))
      .Raw("\"><path class=\"grid\" d=\"M0 .5H720M0 80H720M0 159.5H720\"/>");
  // The first line last: it lies on top.
  for (size_t i = std::min(chart.lines.size(), kMostLines); i-- > 0;) {
    AddLine(chart.lines[i].values, top, kHeight, i, out);
  }
  out.Raw("</svg>");
}

void AddLegend(const Chart& chart, Markup& out) {
  out.Raw("<ul class=\"legend\">");
  for (size_t i = 0; i < std::min(chart.lines.size(), kMostLines); ++i) {
    const Line& line = chart.lines[i];
    out.Raw("<li><svg class=\"key\" viewBox=\"0 0 24 8\" aria-hidden=\"true\"><path class=\"line l")
        .Text(absl::StrCat(i))
        .Raw("\" d=\"M1 4H23\"/></svg><span>")
        .Text(line.label)
        .Raw("</span> <b>")
        .Text(Spell(line.values.empty() ? std::nullopt : line.values.back(), chart.unit))
        .Raw("</b></li>");
  }
  out.Raw("</ul>");
}

}  // namespace

std::string Spell(std::optional<double> value, Unit unit) {
  if (!value || !std::isfinite(*value)) return std::string(kNothing);
  switch (unit) {
    case Unit::kPerSecond:
    case Unit::kCount:
      return Scaled(*value, 1000, {"", "k", "M", "G"});
    case Unit::kSeconds:
      return SpellSeconds(*value);
    case Unit::kBytes:
      return Scaled(*value, 1024, {" B", " KiB", " MiB", " GiB"});
    case Unit::kPercent:
      return absl::StrCat(Digits(*value), " %");
  }
  return std::string(kNothing);
}

std::string SpellAge(absl::Duration age) {
  if (age < absl::Seconds(1)) return "less than 1 s";
  struct Part {
    absl::Duration size;
    absl::string_view name;
  };
  constexpr std::array<Part, 4> kParts = {{{absl::Hours(24), " d"},
                                           {absl::Hours(1), " h"},
                                           {absl::Minutes(1), " min"},
                                           {absl::Seconds(1), " s"}}};
  std::string text;
  int given = 0;
  for (const Part& part : kParts) {
    const int64_t count = absl::IDivDuration(age, part.size, &age);
    if (count == 0 && given == 0) continue;
    if (count > 0) absl::StrAppend(&text, given == 0 ? "" : " ", count, part.name);
    if (++given == 2) break;
  }
  return text;
}

Markup Draw(const Chart& chart) {
  double most = 0;
  for (const Line& line : chart.lines) most = std::max(most, MostOf(line.values));
  const double top = ScaleTop(most, chart.unit);
  Markup out;
  out.Raw("<figure class=\"chart\"><figcaption><h3>")
      .Text(chart.title)
      .Raw("</h3><span class=\"unit\">")
      .Text(UnitName(chart.unit))
      .Raw("</span></figcaption><div class=\"plot\"><div class=\"scale\" aria-hidden=\"true\"><i>")
      .Text(Spell(top, chart.unit))
      .Raw("</i><i>")
      .Text(Spell(top / 2, chart.unit))
      .Raw("</i><i>0</i></div>");
  AddPlot(chart, top, out);
  out.Raw(
      "<div class=\"times\" aria-hidden=\"true\"><i>−15 min</i><i>−10</i><i>−5</i><i>now</i>"
      "</div></div>");
  AddLegend(chart, out);
  out.Raw("</figure>");
  return out;
}

Markup DrawSpark(absl::string_view label, const History::Values& values) {
  Markup out;
  out.Raw(
         "<svg class=\"spark\" viewBox=\"0 0 720 28\" preserveAspectRatio=\"none\" role=\"img\" "
         "data-points=\"")
      .Text(absl::StrCat(PointsOf(values)))
      .Raw("\" aria-label=\"")
      .Text(label)
      .Raw("\">");
  AddLine(values, std::max(MostOf(values), 1e-9), kSparkHeight, 0, out);
  out.Raw("</svg>");
  return out;
}

}  // namespace signet::console

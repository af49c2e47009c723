#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/console/history.h"
#include "server/console/markup.h"

namespace signet::console {

enum class Unit { kPerSecond, kSeconds, kCount, kBytes, kPercent };

// For people: "12.4", "1.3k", "850 µs", "64 MiB", "3.2 %". "–" for nothing.
std::string Spell(std::optional<double> value, Unit unit);

// A duration in its two largest units: "3 h 12 min".
std::string SpellAge(absl::Duration age);

struct Line {
  std::string label;
  History::Values values;  // as History gives them: the last one is now
};

// Lines over the last 15 minutes. Lines are told apart by their stroke as well as by their tone,
// and the legend has their numbers, so that nothing hangs on colour. At most kMostLines can be told
// apart: further ones are left out.
inline constexpr size_t kMostLines = 4;
struct Chart {
  std::string title;
  Unit unit = Unit::kCount;
  std::vector<Line> lines;
};

// A figure: SVG with role="img" and a text that says what it shows, legend and scales as HTML
// beside it, so that they keep their size on a narrow screen.
Markup Draw(const Chart& chart);

// A line alone, for a table; `label` says what it shows.
Markup DrawSpark(absl::string_view label, const History::Values& values);

}  // namespace signet::console

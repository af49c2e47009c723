#include "server/console/chart.h"

#include <gmock/gmock.h>

#include "absl/strings/match.h"

namespace signet::console {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SpellTest, NumbersArePlainAndHaveTheirUnit) {
  EXPECT_EQ(Spell(std::nullopt, Unit::kCount), "–");
  EXPECT_EQ(Spell(0, Unit::kPerSecond), "0");
  EXPECT_EQ(Spell(0.25, Unit::kPerSecond), "0.25");
  EXPECT_EQ(Spell(12.34, Unit::kPerSecond), "12.3");
  EXPECT_EQ(Spell(1300, Unit::kCount), "1.3k");
  EXPECT_EQ(Spell(0.000085, Unit::kSeconds), "85 µs");
  EXPECT_EQ(Spell(0.0124, Unit::kSeconds), "12.4 ms");
  EXPECT_EQ(Spell(2.5, Unit::kSeconds), "2.5 s");
  EXPECT_EQ(Spell(64.0 * 1024 * 1024, Unit::kBytes), "64 MiB");
  EXPECT_EQ(Spell(3.25, Unit::kPercent), "3.3 %");
}

TEST(SpellTest, AnAgeHasItsTwoLargestUnits) {
  EXPECT_EQ(SpellAge(absl::Milliseconds(3)), "less than 1 s");
  EXPECT_EQ(SpellAge(absl::Seconds(61)), "1 min 1 s");
  EXPECT_EQ(SpellAge(absl::Hours(3) + absl::Seconds(5)), "3 h");
  EXPECT_EQ(SpellAge(absl::Hours(49) + absl::Minutes(7)), "2 d 1 h");
}

TEST(ChartTest, SaysInWordsWhatItShowsAndHowMuchThereIs) {
  const std::string html =
      Draw(Chart{"Calls", Unit::kPerSecond, {{"all", {std::nullopt, 4, 2}}, {"served", {}}}})
          .html();
  EXPECT_THAT(html, HasSubstr("role=\"img\""));
  EXPECT_THAT(html, HasSubstr("data-points=\"2\""));
  EXPECT_THAT(html, HasSubstr("Calls, last 15 minutes. all: now 2, most 4. served: now –"));
  EXPECT_THAT(html, HasSubstr("per second"));
  EXPECT_THAT(html, HasSubstr("class=\"line l0\""));
}

// A gap is a gap: no line is drawn over what nobody knows; a value alone is a dot.
TEST(ChartTest, ALineBreaksWhereThereIsNothing) {
  const std::string html = DrawSpark("x", {5, std::nullopt, 5, 5}).html();
  EXPECT_THAT(html, HasSubstr("class=\"line dot l0\" d=\"M"));
  EXPECT_THAT(html, HasSubstr("data-points=\"3\""));
}

TEST(ChartTest, WhatAChartIsCalledIsNoMarkup) {
  const std::string html = Draw(Chart{"<b>", Unit::kCount, {{"\"><script>", {1}}}}).html();
  EXPECT_THAT(html, Not(HasSubstr("<b>C")));
  EXPECT_THAT(html, Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace signet::console

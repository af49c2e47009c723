#include "bench/report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::bench {
namespace {

using ::testing::HasSubstr;

constexpr Promise kAtLeast{"a", "limit", Figure::kRate, Basis::kRatioToLimit, 0.85};
constexpr Promise kAtMost{"a", "limit", Figure::kP99, Basis::kRatioToLimit, 2.0};

Row Only(const Promise& promise, const std::vector<Measurement>& measured) {
  return Judge(measured, {promise}).at(0);
}

TEST(MeasurementTest, ComesBackAsItWasWritten) {
  const auto read = ParseMeasurement(
      FormatMeasurement({.name = "validate/unary", .rate = 61234.5, .p99_us = 1700, .refused = 3}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->name, "validate/unary");
  EXPECT_DOUBLE_EQ(read->rate, 61234.5);
  EXPECT_FALSE(read->p50_us.has_value());
  EXPECT_DOUBLE_EQ(*read->p99_us, 1700);
  EXPECT_DOUBLE_EQ(read->refused, 3);
}

TEST(MeasurementTest, RefusesLinesThatAreNone) {
  for (const char* line : {"", "name=a", "rate=1", "name=a rate=x", "name=a rate=1 colour=2"}) {
    EXPECT_FALSE(ParseMeasurement(line).ok()) << line;
  }
}

TEST(ReportTest, ARateIsPromisedFromBelowAgainstTheLimitOfTheSameRun) {
  EXPECT_TRUE(*Only(kAtLeast, {{.name = "a", .rate = 85}, {.name = "limit", .rate = 100}}).met);
  EXPECT_FALSE(*Only(kAtLeast, {{.name = "a", .rate = 84}, {.name = "limit", .rate = 100}}).met);
}

TEST(ReportTest, ALatencyIsPromisedFromAbove) {
  const Measurement limit{.name = "limit", .rate = 1, .p99_us = 100};
  EXPECT_TRUE(*Only(kAtMost, {{.name = "a", .rate = 1, .p99_us = 200}, limit}).met);
  EXPECT_FALSE(*Only(kAtMost, {{.name = "a", .rate = 1, .p99_us = 201}, limit}).met);
}

TEST(ReportTest, APromiseWithoutItsLimitIsNotJudged) {
  EXPECT_FALSE(Only(kAtLeast, {{.name = "a", .rate = 85}}).met.has_value());
}

TEST(ReportTest, ACaseThatShedCallsHasNotMetItsPromise) {
  const auto row =
      Only(kAtLeast, {{.name = "a", .rate = 99, .refused = 1}, {.name = "limit", .rate = 100}});
  EXPECT_FALSE(*row.met);
  EXPECT_THAT(AsTable({row}), HasSubstr("MISSED (1 refused)"));
}

TEST(ReportTest, OfSeveralRunsTheMedianCounts) {
  const auto row = Only(kAtLeast, {{.name = "a", .rate = 10},
                                   {.name = "a", .rate = 1000},
                                   {.name = "a", .rate = 90},
                                   {.name = "limit", .rate = 100}});
  EXPECT_DOUBLE_EQ(row.measured.rate, 90);
}

TEST(ReportTest, JsonHasTheFormThatItIsCheckedFor) {
  const std::string json = AsJson(
      Judge({{.name = "a", .rate = 84, .p50_us = 7}, {.name = "limit", .rate = 100}}, {kAtLeast}));
  EXPECT_TRUE(CheckShape(json, {"a", "limit"}).ok());
  EXPECT_THAT(CheckShape(json, {"b"}).message(), HasSubstr("no row b"));
  EXPECT_THAT(json, HasSubstr("\"ratio\":0.8400,\"target\":0.8500,\"met\":false"));
}

TEST(ReportTest, BrokenJsonIsNotOfThatForm) {
  EXPECT_FALSE(CheckShape("", {}).ok());
  EXPECT_FALSE(CheckShape("{\"results\":[{\"name\":\"a\"}]}", {}).ok());
  EXPECT_FALSE(CheckShape("{\"results\":[]} trailing", {}).ok());
}

TEST(ReportTest, EveryPromiseNamesItsCaseOnce) {
  for (const Promise& one : Promises()) {
    int seen = 0;
    for (const Promise& other : Promises()) seen += other.name == one.name ? 1 : 0;
    EXPECT_EQ(seen, 1) << one.name;
    EXPECT_TRUE(one.basis == Basis::kAbsolute || !one.limit.empty()) << one.name;
  }
}

}  // namespace
}  // namespace signet::bench

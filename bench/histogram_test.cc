#include "bench/histogram.h"

#include <limits>

#include "gtest/gtest.h"

namespace signet::bench {
namespace {

TEST(HistogramTest, HasNoQuantileWithoutValues) { EXPECT_EQ(Histogram().Quantile(0.99), 0); }

TEST(HistogramTest, KeepsSmallValuesExactly) {
  Histogram histogram;
  for (int i = 1; i <= 50; ++i) histogram.Record(i);
  EXPECT_EQ(histogram.Quantile(0.5), 25);
  EXPECT_EQ(histogram.Quantile(1.0), 50);
  EXPECT_EQ(histogram.count(), 50u);
}

TEST(HistogramTest, NeverUnderstatesAQuantileAndOverstatesItByLessThanTwoPercent) {
  for (int64_t value = 64; value < (int64_t{1} << 50); value = value * 3 / 2 + 1) {
    Histogram histogram;
    histogram.Record(value);
    EXPECT_GE(histogram.Quantile(0.5), value);
    EXPECT_LE(static_cast<double>(histogram.Quantile(0.5)), static_cast<double>(value) * 1.016);
  }
}

TEST(HistogramTest, FindsTheOneSlowCallInAThousand) {
  Histogram histogram;
  for (int i = 0; i < 998; ++i) histogram.Record(50);
  histogram.Record(1'000'000);
  histogram.Record(1'000'000);
  EXPECT_EQ(histogram.Quantile(0.99), 50);
  EXPECT_GE(histogram.Quantile(0.999), 1'000'000);
}

TEST(HistogramTest, TakesTheExtremesOfItsType) {
  Histogram histogram;
  histogram.Record(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  histogram.Record(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(histogram.Quantile(1.0), std::numeric_limits<int64_t>::max());
}

}  // namespace
}  // namespace signet::bench

#include "bench/auc.h"

#include "gtest/gtest.h"

namespace signet::bench {
namespace {

TEST(AreaUnderCurveTest, EqualSamplesTellNothing) {
  EXPECT_DOUBLE_EQ(AreaUnderCurve({1, 2, 3}, {1, 2, 3}), 0.5);
  EXPECT_DOUBLE_EQ(AreaUnderCurve({7, 7}, {7}), 0.5);
}

TEST(AreaUnderCurveTest, SeparateSamplesTellEverything) {
  EXPECT_DOUBLE_EQ(AreaUnderCurve({4, 5}, {1, 2, 3}), 1.0);
  EXPECT_DOUBLE_EQ(AreaUnderCurve({1, 2, 3}, {4, 5}), 0.0);
}

TEST(AreaUnderCurveTest, CountsPairs) {
  // 3 beats 1 and 2; 1 ties with 1: (2 + 0.5) of 4 pairs.
  EXPECT_DOUBLE_EQ(AreaUnderCurve({3, 1}, {1, 2}), 2.5 / 4);
}

}  // namespace
}  // namespace signet::bench

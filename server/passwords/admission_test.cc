#include "server/passwords/admission.h"

#include <vector>

#include <gtest/gtest.h>

namespace signet::passwords {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr absl::Time kNow = absl::FromUnixSeconds(3600);
constexpr absl::Time kNever = absl::InfiniteFuture();

// One unit of work takes 10 ms once Learned().
Cost Units(double work, uint64_t memory_bytes = kMiB) {
  return Cost{.algorithm = Algorithm::kArgon2id, .work = work, .memory_bytes = memory_bytes};
}

Admission Learned(size_t threads, size_t queue_limit, uint64_t budget_mib = 1000) {
  Admission admission({.threads = threads,
                       .queue_limit = queue_limit,
                       .memory_budget_bytes = budget_mib * kMiB,
                       .memory_per_thread_bytes = kMiB});
  admission.Learn(Units(1), absl::Milliseconds(10));
  return admission;
}

absl::Time In(int millis) { return kNow + absl::Milliseconds(millis); }

TEST(AdmissionTest, EstimatesGrowLinearlyWithTheWorkOfEachAlgorithm) {
  Admission admission = Learned(1, 1);
  EXPECT_EQ(admission.Estimate(Units(1)), absl::Milliseconds(10));
  EXPECT_EQ(admission.Estimate(Units(4)), absl::Milliseconds(40));
  const Cost bcrypt{.algorithm = Algorithm::kBcrypt, .work = 1024};
  EXPECT_EQ(admission.Estimate(bcrypt), absl::ZeroDuration());
  admission.Learn(bcrypt, absl::Milliseconds(64));
  EXPECT_EQ(admission.Estimate(bcrypt), absl::Milliseconds(64));
  EXPECT_EQ(admission.Estimate(Units(1)), absl::Milliseconds(10));
}

TEST(AdmissionTest, TheEstimateMovesTowardsNewSamples) {
  Admission admission = Learned(1, 1);
  admission.Learn(Units(1), absl::Milliseconds(20));
  EXPECT_NEAR(absl::ToDoubleMilliseconds(admission.Estimate(Units(1))), 12.0, 0.001);
}

TEST(AdmissionTest, OneAbsurdSampleCountsAtMostFourfold) {
  Admission admission = Learned(1, 1);
  admission.Learn(Units(1), absl::Hours(8));  // the machine was suspended
  EXPECT_NEAR(absl::ToDoubleMilliseconds(admission.Estimate(Units(1))), 16.0, 0.001);
  admission.Learn(Units(1), -absl::Hours(8));  // the clock was set back
  admission.Learn(Units(1), absl::ZeroDuration());
  EXPECT_NEAR(absl::ToDoubleMilliseconds(admission.Estimate(Units(1))), 16.0, 0.001);
}

TEST(AdmissionTest, LetsInExactlyWhatCanBeDoneBeforeTheDeadline) {
  Admission admission = Learned(1, 100);
  ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).admitted());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, In(19)).admitted());
  EXPECT_TRUE(admission.Admit(Units(1), kNow, In(20)).admitted());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, In(29)).admitted());
  EXPECT_FALSE(admission.Admit(Units(3), kNow, In(49)).admitted());
  EXPECT_TRUE(admission.Admit(Units(3), kNow, In(50)).admitted());
}

TEST(AdmissionTest, MoreThreadsDivideTheQueue) {
  Admission admission = Learned(2, 100);
  ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).admitted());
  // A thread is free: no wait.
  EXPECT_TRUE(admission.Admit(Units(1), kNow, In(10)).admitted());
  // Two ahead on two threads.
  EXPECT_FALSE(admission.Admit(Units(1), kNow, In(19)).admitted());
  EXPECT_TRUE(admission.Admit(Units(1), kNow, In(20)).admitted());
}

TEST(AdmissionTest, ARefusalSaysWhenTodaysQueueWillBeGone) {
  Admission admission = Learned(1, 3);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).admitted());
  EXPECT_EQ(admission.Admit(Units(1), kNow, kNever).retry_after, absl::Milliseconds(40));
}

TEST(AdmissionTest, ARefusalSaysWhy) {
  Admission admission = Learned(1, 1, 2);
  ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).admitted());
  EXPECT_EQ(admission.Admit(Units(1), kNow, In(19)).why, Shed::kDeadline);
  EXPECT_EQ(admission.Admit(Units(1, 4 * kMiB), kNow, kNever).why, Shed::kMemory);
  ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).admitted());
  EXPECT_EQ(admission.Admit(Units(1), kNow, kNever).why, Shed::kQueueFull);
  // With a queue as full, the caller's own deadline would have refused it in an empty one.
  EXPECT_EQ(admission.Admit(Units(1), kNow, In(1)).why, Shed::kDeadline);
}

TEST(AdmissionTest, TheQueueLimitDoesNotCountTheRunning) {
  Admission admission = Learned(2, 1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(admission.Admit(Units(1), kNow, kNever).admitted());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, kNever).admitted());
  EXPECT_EQ(admission.waiting(), 3u);
  admission.Begin();
  admission.Begin();
  EXPECT_EQ(admission.waiting(), 1u);
}

TEST(AdmissionTest, WhoLeavesMakesRoom) {
  Admission admission = Learned(1, 1);
  const auto first = admission.Admit(Units(1), kNow, kNever);
  const auto second = admission.Admit(Units(1), kNow, kNever);
  ASSERT_TRUE(first.admitted() && second.admitted());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, kNever).admitted());
  admission.Begin();
  admission.End(*first.place);
  EXPECT_TRUE(admission.Admit(Units(1), kNow, In(20)).admitted());
  admission.Withdraw(*second.place);
  EXPECT_EQ(admission.waiting(), 1u);
}

TEST(AdmissionTest, APassedDeadlineIsRefusedEvenWhenIdle) {
  Admission admission = Learned(1, 1);
  EXPECT_FALSE(admission.Admit(Units(1), kNow, kNow).admitted());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, In(-1)).admitted());
}

TEST(AdmissionTest, AnIdleOneTriesAgainWhateverItsEstimateSays) {
  // Otherwise an estimate above everyone's deadline would refuse everyone for ever.
  Admission admission = Learned(1, 1);
  const auto place = admission.Admit(Units(100), kNow, In(500));
  ASSERT_TRUE(place.admitted());
  EXPECT_FALSE(admission.Admit(Units(100), kNow, In(500)).admitted());
  admission.Begin();
  admission.Learn(Units(100), absl::Milliseconds(400));
  admission.End(*place.place);
  EXPECT_LT(admission.Estimate(Units(100)), absl::Milliseconds(900));
}

TEST(AdmissionTest, MemoryOfWhatMayRunTogetherStaysWithinTheBudget) {
  // Two threads keep 1 MiB each; 10 MiB in all.
  Admission admission = Learned(2, 100, 10);
  ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).admitted());
  const auto large = admission.Admit(Units(1, 6 * kMiB), kNow, kNever);
  ASSERT_TRUE(large.admitted());
  EXPECT_FALSE(admission.Admit(Units(1, 5 * kMiB), kNow, kNever).admitted());
  EXPECT_TRUE(admission.Admit(Units(1, 4 * kMiB), kNow, kNever).admitted());
  // A third large one cannot run beside both, so the largest pair decides.
  EXPECT_TRUE(admission.Admit(Units(1, 4 * kMiB), kNow, kNever).admitted());
  EXPECT_TRUE(admission.Admit(Units(1), kNow, kNever).admitted());
  admission.Begin();
  admission.End(*large.place);
  EXPECT_TRUE(admission.Admit(Units(1, 6 * kMiB), kNow, kNever).admitted());
}

TEST(AdmissionTest, WhatExceedsTheBudgetAloneNeverFits) {
  const Admission admission = Learned(2, 100, 10);
  EXPECT_TRUE(admission.FitsAlone(Units(1, 9 * kMiB)));
  EXPECT_FALSE(admission.FitsAlone(Units(1, 9 * kMiB + 1)));
}

}  // namespace
}  // namespace signet::passwords

#include "server/passwords/admission.h"

#include <vector>

#include <gtest/gtest.h>

#include "client/base/error.h"

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
  ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).ok());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, In(19)).ok());
  EXPECT_TRUE(admission.Admit(Units(1), kNow, In(20)).ok());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, In(29)).ok());
  EXPECT_FALSE(admission.Admit(Units(3), kNow, In(49)).ok());
  EXPECT_TRUE(admission.Admit(Units(3), kNow, In(50)).ok());
}

TEST(AdmissionTest, MoreThreadsDivideTheQueue) {
  Admission admission = Learned(2, 100);
  ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).ok());
  // A thread is free: no wait.
  EXPECT_TRUE(admission.Admit(Units(1), kNow, In(10)).ok());
  // Two ahead on two threads.
  EXPECT_FALSE(admission.Admit(Units(1), kNow, In(19)).ok());
  EXPECT_TRUE(admission.Admit(Units(1), kNow, In(20)).ok());
}

TEST(AdmissionTest, ARefusalSaysWhenTodaysQueueWillBeGone) {
  Admission admission = Learned(1, 3);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).ok());
  const absl::Status refused = admission.Admit(Units(1), kNow, kNever).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ErrorReason(refused), "OVERLOADED");
  EXPECT_EQ(base::RetryAfter(refused), absl::Milliseconds(40));
}

TEST(AdmissionTest, TheQueueLimitDoesNotCountTheRunning) {
  Admission admission = Learned(2, 1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(admission.Admit(Units(1), kNow, kNever).ok());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, kNever).ok());
  EXPECT_EQ(admission.waiting(), 3u);
  admission.Begin();
  admission.Begin();
  EXPECT_EQ(admission.waiting(), 1u);
}

TEST(AdmissionTest, WhoLeavesMakesRoom) {
  Admission admission = Learned(1, 1);
  const auto first = admission.Admit(Units(1), kNow, kNever);
  const auto second = admission.Admit(Units(1), kNow, kNever);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, kNever).ok());
  admission.Begin();
  admission.End(*first);
  EXPECT_TRUE(admission.Admit(Units(1), kNow, In(20)).ok());
  admission.Withdraw(*second);
  EXPECT_EQ(admission.waiting(), 1u);
}

TEST(AdmissionTest, APassedDeadlineIsRefusedEvenWhenIdle) {
  Admission admission = Learned(1, 1);
  EXPECT_FALSE(admission.Admit(Units(1), kNow, kNow).ok());
  EXPECT_FALSE(admission.Admit(Units(1), kNow, In(-1)).ok());
}

TEST(AdmissionTest, AnIdleOneTriesAgainWhateverItsEstimateSays) {
  // Otherwise an estimate above everyone's deadline would refuse everyone for ever.
  Admission admission = Learned(1, 1);
  const auto place = admission.Admit(Units(100), kNow, In(500));
  ASSERT_TRUE(place.ok());
  EXPECT_FALSE(admission.Admit(Units(100), kNow, In(500)).ok());
  admission.Begin();
  admission.Learn(Units(100), absl::Milliseconds(400));
  admission.End(*place);
  EXPECT_LT(admission.Estimate(Units(100)), absl::Milliseconds(900));
}

TEST(AdmissionTest, MemoryOfWhatMayRunTogetherStaysWithinTheBudget) {
  // Two threads keep 1 MiB each; 10 MiB in all.
  Admission admission = Learned(2, 100, 10);
  ASSERT_TRUE(admission.Admit(Units(1), kNow, kNever).ok());
  const auto large = admission.Admit(Units(1, 6 * kMiB), kNow, kNever);
  ASSERT_TRUE(large.ok());
  EXPECT_FALSE(admission.Admit(Units(1, 5 * kMiB), kNow, kNever).ok());
  EXPECT_TRUE(admission.Admit(Units(1, 4 * kMiB), kNow, kNever).ok());
  // A third large one cannot run beside both, so the largest pair decides.
  EXPECT_TRUE(admission.Admit(Units(1, 4 * kMiB), kNow, kNever).ok());
  EXPECT_TRUE(admission.Admit(Units(1), kNow, kNever).ok());
  admission.Begin();
  admission.End(*large);
  EXPECT_TRUE(admission.Admit(Units(1, 6 * kMiB), kNow, kNever).ok());
}

TEST(AdmissionTest, WhatExceedsTheBudgetAloneNeverFits) {
  const Admission admission = Learned(2, 100, 10);
  EXPECT_TRUE(admission.FitsAlone(Units(1, 9 * kMiB)));
  EXPECT_FALSE(admission.FitsAlone(Units(1, 9 * kMiB + 1)));
}

}  // namespace
}  // namespace signet::passwords

#include "server/limits/leased_buckets.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "client/base/quota_error.h"
#include "server/domain/fakes/fake_bucket_store.h"

namespace signet::limits {
namespace {

using domain::LimitedAction;
using domain::LimitScope;

constexpr auto kLogin = LimitedAction::kLogin;
constexpr auto kAddress = LimitScope::kAddress;

class LeasedBucketsTest : public testing::Test {
 protected:
  // A replica with `tokens` logins a minute by address.
  std::unique_ptr<LeasedBuckets> Replica(int64_t tokens, size_t most_buckets = 1000) {
    LeasedBuckets::Options options;
    options.rates.at(kLogin, kAddress) = {tokens, absl::Minutes(1)};
    options.most_buckets = most_buckets;
    options.pause = absl::Milliseconds(1);
    options.patience = absl::Seconds(20);
    return std::make_unique<LeasedBuckets>(options, store_, base::Secret(std::string(32, 'k')),
                                           clock_, metrics_);
  }
  absl::Status Take(LeasedBuckets& replica, const std::string& whom = "192.0.2.1") {
    return replica.Take(kLogin, kAddress, whom, clock_.Now());
  }
  // How many of `calls`, shared out between `replicas` and threads, get through.
  int Through(const std::vector<LeasedBuckets*>& replicas, int calls) {
    std::atomic<int> through{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < 8; ++t) {
      callers.emplace_back([&, t] {
        for (int i = t; i < calls; i += 8) {
          LeasedBuckets& replica = *replicas[static_cast<size_t>(i) % replicas.size()];
          through += Take(replica).ok() ? 1 : 0;
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    return through;
  }

  base::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  domain::FakeBucketStore store_;
  observe::AbuseMetrics metrics_;
};

TEST_F(LeasedBucketsTest, WhatHasNoRateIsNotLimited) {
  const auto replica = Replica(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(replica->Take(kLogin, LimitScope::kGlobal, "", clock_.Now()).ok());
    EXPECT_TRUE(replica->Take(LimitedAction::kReset, kAddress, "a", clock_.Now()).ok());
  }
  EXPECT_EQ(store_.exchanges(), 0);
}

// the refusal says when to retry.
TEST_F(LeasedBucketsTest, ARefusalSaysWhichLimitAndWhenToRetry) {
  const auto replica = Replica(60);
  EXPECT_EQ(Through({replica.get()}, 200), 60);
  const absl::Status refused = Take(*replica);
  EXPECT_EQ(base::ErrorReason(refused), "RATE_LIMITED");
  EXPECT_EQ(base::QuotaViolationOf(refused)->subject, "login/address");
  EXPECT_EQ(base::RetryAfter(refused), absl::Seconds(1));
  EXPECT_GT(metrics_.rate_limited.Sum(observe::RateLimit::kLoginAddress), 100u);
  EXPECT_TRUE(Take(*replica, "192.0.2.2").ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Take(*replica).ok());
  EXPECT_FALSE(Take(*replica).ok());
}

// replicas together let through what the rate says, within 10 %.
TEST_F(LeasedBucketsTest, ReplicasShareOneBucket) {
  const auto one = Replica(100);
  const auto two = Replica(100);
  const auto three = Replica(100);
  const int through = Through({one.get(), two.get(), three.get()}, 1000);
  EXPECT_GE(through, 100);
  EXPECT_LE(through, 103);  // one on credit each
}

// What one replica leased and does not use is not lost to the others.
TEST_F(LeasedBucketsTest, UnusedTokensGoBack) {
  const auto one = Replica(20);
  {
    const auto two = Replica(20);
    EXPECT_TRUE(Take(*two).ok());
    EXPECT_TRUE(Take(*two).ok());
  }  // ends, and gives back
  EXPECT_EQ(Through({one.get()}, 100), 18);
}

TEST_F(LeasedBucketsTest, AFloodIsRefusedWithoutAStatement) {
  const auto replica = Replica(20);
  Through({replica.get()}, 100);
  const int before = store_.exchanges();
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(Take(*replica).ok());
  EXPECT_LE(store_.exchanges(), before + 1);  // of the flood before
}

// Neither open nor closed to everybody.
TEST_F(LeasedBucketsTest, WithoutADatabaseAProcessGoesByATenth) {
  store_.SetAvailable(false);
  const auto replica = Replica(100);
  EXPECT_TRUE(Take(*replica).ok());
  int through = 1;
  for (int i = 0; i < 1000; ++i) through += Take(*replica).ok() ? 1 : 0;
  EXPECT_GE(through, 10);
  EXPECT_LE(through, 12);
  store_.SetAvailable(true);
  clock_.Advance(absl::Seconds(2));
  EXPECT_TRUE(Take(*replica).ok());
}

TEST_F(LeasedBucketsTest, MemoryIsBounded) {
  const auto replica = Replica(20, 10);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(Take(*replica, absl::StrCat("a", i)).ok());
}

// What a stranger claims costs its owner nothing.
TEST_F(LeasedBucketsTest, LookingTakesNothing) {
  const auto replica = Replica(20);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(replica->Peek(kLogin, kAddress, "192.0.2.1", clock_.Now()).ok());
  }
  EXPECT_EQ(Through({replica.get()}, 100), 20);
  EXPECT_FALSE(replica->Peek(kLogin, kAddress, "192.0.2.1", clock_.Now()).ok());
}

TEST_F(LeasedBucketsTest, WhatIsChargedIsMissing) {
  const auto replica = Replica(20);
  for (int i = 0; i < 15; ++i) replica->Charge(kLogin, kAddress, "192.0.2.1", clock_.Now());
  EXPECT_EQ(Through({replica.get()}, 100), 5);
}

}  // namespace
}  // namespace signet::limits

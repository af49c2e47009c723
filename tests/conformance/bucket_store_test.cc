#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

template <typename Stores>
class BucketStoreTest : public testing::Test {
 protected:
  domain::BucketRequest Ask(int64_t wanted, int64_t spent = 0) const {
    return {key_, spent, wanted, 60, absl::Minutes(1)};
  }
  domain::BucketGrant Exchange(const domain::BucketRequest& request, absl::Time now) {
    const auto grants = stores_.buckets.Exchange({request}, now);
    EXPECT_TRUE(grants.ok()) << grants.status();
    return (*grants)[0];
  }

  const base::Uuid key_ = base::Uuid::NewV7(kNow);
  Stores stores_;
};
TYPED_TEST_SUITE(BucketStoreTest, AllStores, StoresName);

//
TYPED_TEST(BucketStoreTest, ABucketIsFullAtFirstAndFillsEvenly) {
  EXPECT_EQ(this->Exchange(this->Ask(50), kNow).granted, 50);
  const auto rest = this->Exchange(this->Ask(50), kNow);
  EXPECT_EQ(rest.granted, 10);
  EXPECT_EQ(rest.next_at, kNow + absl::Seconds(1));
  EXPECT_EQ(this->Exchange(this->Ask(1), kNow + absl::Milliseconds(900)).granted, 0);
  EXPECT_EQ(this->Exchange(this->Ask(100), kNow + absl::Seconds(10)).granted, 10);
  EXPECT_EQ(this->Exchange(this->Ask(100), kNow + absl::Hours(1)).granted, 60);
}

TYPED_TEST(BucketStoreTest, WhatWasSpentOnCreditIsOwed) {
  const auto grant = this->Exchange(this->Ask(60, 63), kNow);
  EXPECT_EQ(grant.granted, 0);
  EXPECT_EQ(grant.next_at, kNow + absl::Seconds(4));
  EXPECT_EQ(this->Exchange(this->Ask(60), kNow + absl::Seconds(10)).granted, 7);
}

TYPED_TEST(BucketStoreTest, WhatIsGivenBackIsThereForOthersAndNeverMoreThanFits) {
  EXPECT_EQ(this->Exchange(this->Ask(60), kNow).granted, 60);
  EXPECT_EQ(this->Exchange(this->Ask(0, -20), kNow).granted, 0);
  EXPECT_EQ(this->Exchange(this->Ask(60), kNow).granted, 20);
  this->Exchange(this->Ask(0, -1000), kNow);
  EXPECT_EQ(this->Exchange(this->Ask(100), kNow).granted, 60);
}

// A replica whose clock is behind fills nothing twice.
TYPED_TEST(BucketStoreTest, TimeThatGoesBackFillsNothing) {
  EXPECT_EQ(this->Exchange(this->Ask(60), kNow).granted, 60);
  EXPECT_EQ(this->Exchange(this->Ask(60), kNow - absl::Seconds(30)).granted, 0);
  EXPECT_EQ(this->Exchange(this->Ask(60), kNow).granted, 0);
}

TYPED_TEST(BucketStoreTest, ManyBucketsAreOneExchange) {
  std::vector<domain::BucketRequest> requests;
  for (int i = 0; i < 100; ++i) {
    requests.push_back({base::Uuid::NewV7(kNow), 0, i, 60, absl::Minutes(1)});
  }
  std::sort(requests.begin(), requests.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  const auto grants = this->stores_.buckets.Exchange(requests, kNow);
  ASSERT_TRUE(grants.ok());
  for (size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ((*grants)[i].granted, std::min<int64_t>(requests[i].wanted, 60));
  }
}

TYPED_TEST(BucketStoreTest, OfManyAtOnceNobodyGetsATokenTwice) {
  std::atomic<int64_t> granted{0};
  std::vector<std::thread> replicas;
  for (int i = 0; i < 8; ++i) {
    replicas.emplace_back([&] {
      for (int j = 0; j < 10; ++j) granted += this->Exchange(this->Ask(3), kNow).granted;
    });
  }
  for (std::thread& replica : replicas) replica.join();
  EXPECT_EQ(granted, 60);
}

// over all replicas.
TYPED_TEST(BucketStoreTest, AChallengeIsUsedOnce) {
  std::atomic<int> first{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back(
        [&] { first += this->stores_.used_challenges.Use(Hash('c'), kExpires).value() ? 1 : 0; });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(first, 1);
  EXPECT_TRUE(this->stores_.used_challenges.Use(Hash('d'), kExpires).value());
}

}  // namespace
}  // namespace signet::conformance

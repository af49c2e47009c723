#include "server/console/history.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "server/observe/grpc_metrics.h"
#include "server/observe/metric_sources.h"
#include "server/observe/work_metrics.h"

namespace signet::console {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Optional;

constexpr absl::string_view kHandled = "grpc_server_handled_total";
constexpr absl::string_view kHandling = "grpc_server_handling_seconds";

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() {
    sources_.Add(grpc_);
    sources_.Add(hashing_);
    sources_.Add(pool_);
  }
  void Tick() {
    history_.Tick(now_);
    now_ += History::kInterval;
  }

  observe::GrpcMetrics grpc_{std::vector<observe::GrpcMetrics::Method>{
      {"signet.v1.AuthService", "Login"},
      {"signet.v1.TokenService", "ValidateStream", observe::GrpcForm::kBidiStream}}};
  observe::HashingMetrics hashing_;
  observe::PoolMetrics pool_{{"rotate"}};
  observe::MetricSources sources_;
  History history_{sources_};
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
};

// what the console draws is what /metrics counts, per second.
TEST_F(HistoryTest, ACounterIsARateInEachTickAndATotal) {
  grpc_.method(0).Handled(0, 1000);  // before the first tick: nobody knows when
  Tick();
  for (int i = 0; i < 10; ++i) grpc_.method(0).Handled(0, 1000);
  Tick();
  for (int i = 0; i < 5; ++i) grpc_.method(0).Handled(16, 1000);
  Tick();
  const Which served{kHandled, {"AuthService", "Login", "served"}};
  EXPECT_THAT(history_.Rate(served), ElementsAre(std::nullopt, Optional(2), Optional(0)));
  EXPECT_THAT(history_.Rate({kHandled}), ElementsAre(std::nullopt, Optional(2), Optional(1)));
  EXPECT_EQ(history_.Total({kHandled}), 15);
  EXPECT_EQ(history_.Total({kHandled, {"", "", "refused"}}), 5);
  EXPECT_EQ(history_.seen(), 2 * History::kInterval);
}

// Several codes mean one thing, and share a column.
TEST_F(HistoryTest, CodesAreKeptByWhatTheyMean) {
  Tick();
  for (const int code : {2, 4, 13, 14, 15}) grpc_.method(0).Handled(code, 1000);
  for (const int code : {3, 7, 8, 16}) grpc_.method(0).Handled(code, 1000);
  Tick();
  Tick();
  EXPECT_EQ(history_.Total({kHandled, {"", "", "failed"}}), 5);
  EXPECT_EQ(history_.Total({kHandled, {"", "", "refused"}}), 4);
  EXPECT_THAT(history_.LabelsOf(kHandled, 2), ElementsAre("failed", "refused", "served"));
}

TEST_F(HistoryTest, QuantilesAreOfATickOrOfTheWindowAndStreamsHaveNone) {
  Tick();
  for (int i = 0; i < 100; ++i) grpc_.method(0).Handled(0, 2'000'000);  // within 1 to 2.5 ms
  grpc_.method(1).Handled(0, 9'000'000'000);
  Tick();
  Tick();
  const auto ticks = history_.Quantile({kHandling}, 0.5);
  EXPECT_THAT(ticks, ElementsAre(std::nullopt, Optional(DoubleNear(0.00175, 1e-6)), std::nullopt));
  EXPECT_THAT(history_.QuantileOfAll({kHandling}, 1), Optional(DoubleNear(0.0025, 1e-9)));
  EXPECT_EQ(history_.Total({kHandling}), 100);
}

TEST_F(HistoryTest, AGaugeIsAsItStands) {
  hashing_.queue_depth = 3;
  Tick();
  hashing_.queue_depth = 0;
  pool_.in_use = 2;
  pool_.idle = 5;
  Tick();
  EXPECT_THAT(history_.Level({"signet_hashing_queue_depth"}),
              ElementsAre(Optional(3), Optional(0)));
  EXPECT_THAT(history_.Latest({"signet_database_pool_connections"}), Optional(7));
  EXPECT_EQ(history_.Latest({"no_such_metric"}), std::nullopt);
}

// Before revocations have been read the age of what is known of them is infinite: no chart has
// that.
TEST(HistoryGaugeTest, WhatIsNotFiniteIsNothing) {
  struct Endless final : prometheus::Collectable {
    std::vector<prometheus::MetricFamily> Collect() const override {
      return {observe::OneSample("signet_revocation_as_of_age_seconds",
                                 std::numeric_limits<double>::infinity())};
    }
  } endless;
  History history(endless);
  history.Tick(absl::FromUnixSeconds(1));
  EXPECT_EQ(history.Latest({"signet_revocation_as_of_age_seconds"}), std::nullopt);
}

// It is bounded, in time and in memory.
TEST_F(HistoryTest, WhatIsOlderThanTheWindowIsForgotten) {
  Tick();
  for (int i = 0; i < 7; ++i) grpc_.method(0).Handled(0, 1000);
  Tick();
  const size_t bytes = history_.bytes();
  for (size_t i = 0; i < History::kTicks - 2; ++i) Tick();
  EXPECT_EQ(history_.Total({kHandled}), 7);
  Tick();
  EXPECT_EQ(history_.Total({kHandled}), 7);
  Tick();
  EXPECT_EQ(history_.Total({kHandled}), 0);
  EXPECT_EQ(history_.Rate({kHandled}).size(), History::kTicks);
  EXPECT_EQ(history_.bytes(), bytes);
}

// A source of ever new labels, which ours are not, fills no memory.
TEST(HistoryBoundTest, NoMoreThanItsColumnsIsKept) {
  struct Strange final : prometheus::Collectable {
    std::vector<prometheus::MetricFamily> Collect() const override {
      auto family = observe::NewFamily("signet_database_statements_total");
      for (int i = 0; i < 20'000; ++i) {
        observe::AddSample(family, {{"statement", std::to_string(i)}}, i);
      }
      return {family};
    }
  } strange;
  History history(strange);
  history.Tick(absl::FromUnixSeconds(1));
  EXPECT_LE(history.LabelsOf("signet_database_statements_total", 0).size(), History::kMostColumns);
  EXPECT_LE(history.bytes(), size_t{4} << 20);
}

TEST(QuantileTest, WhatLiesBeyondTheLastBoundCountsAsThat) {
  std::array<double, observe::kLatencyBoundsNanos.size() + 1> buckets{};
  EXPECT_EQ(QuantileOf(buckets, 0.5), std::nullopt);
  buckets.back() = 4;
  EXPECT_THAT(QuantileOf(buckets, 0.5), Optional(10));
}

}  // namespace
}  // namespace signet::console

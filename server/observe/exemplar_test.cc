#include "server/observe/exemplar.h"

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "server/observe/grpc_metrics.h"
#include "server/observe/http_metrics.h"
#include "server/observe/latency_histogram.h"

namespace signet::observe {
namespace {

using ::testing::SizeIs;

const absl::Time kArrived = absl::FromUnixMillis(1'700'000'000'123);

// Of a caller whose ids have this one digit.
std::string Parent(char digit, absl::string_view flags = "01") {
  return absl::StrCat("00-", std::string(32, digit), "-", std::string(16, digit), "-", flags);
}

std::string TraceOf(const Exemplar& exemplar) {
  return std::string(exemplar.trace_id.data(), exemplar.trace_id.size());
}
std::string SpanOf(const Exemplar& exemplar) {
  return std::string(exemplar.span_id.data(), exemplar.span_id.size());
}

std::vector<size_t> BucketsWithOne(const LatencyHistogram& histogram) {
  std::vector<size_t> buckets;
  const auto exemplars = histogram.CollectExemplars();
  for (size_t i = 0; i < exemplars.size(); ++i) {
    if (exemplars[i]) buckets.push_back(i);
  }
  return buckets;
}

TEST(Exemplars, ASampledCallIsThatOfItsBucket) {
  LatencyHistogram histogram;
  const std::string parent = Parent('a');
  histogram.ObserveNanos(3'000'000, {parent, kArrived});
  const auto exemplars = histogram.CollectExemplars();
  ASSERT_THAT(exemplars, SizeIs(kLatencyBoundsNanos.size() + 1));
  ASSERT_EQ(BucketsWithOne(histogram), std::vector<size_t>{6});  // over 2.5 ms, up to 5 ms
  EXPECT_EQ(TraceOf(*exemplars[6]), std::string(32, 'a'));
  EXPECT_EQ(SpanOf(*exemplars[6]), std::string(16, 'a'));
  EXPECT_EQ(exemplars[6]->nanos, 3'000'000);
  EXPECT_EQ(exemplars[6]->time, kArrived + absl::Milliseconds(3));
}

TEST(Exemplars, TheNewestTakesThePlaceOfTheOneBeforeAndOtherBucketsKeepTheirs) {
  LatencyHistogram histogram;
  const std::vector<std::pair<char, int64_t>> calls = {{'a', 1}, {'b', 2}, {'c', 11'000'000'000}};
  for (const auto& [digit, nanos] : calls) {
    histogram.ObserveNanos(nanos, {Parent(digit), kArrived});
  }
  const auto exemplars = histogram.CollectExemplars();
  EXPECT_EQ(BucketsWithOne(histogram), (std::vector<size_t>{0, 17}));
  EXPECT_EQ(TraceOf(*exemplars[0]), std::string(32, 'b'));
  EXPECT_EQ(TraceOf(*exemplars[17]), std::string(32, 'c'));
}

TEST(Exemplars, WhatIsNotSampledOrNoTraceparentIsCountedAlone) {
  LatencyHistogram histogram;
  histogram.ObserveNanos(1);
  histogram.ObserveNanos(1, {Parent('a', "00"), kArrived});
  histogram.ObserveNanos(1, {Parent('0'), kArrived});
  histogram.ObserveNanos(1, {Parent('"'), kArrived});
  histogram.ObserveNanos(1, {Parent('a') + "-", kArrived});
  EXPECT_EQ(BucketsWithOne(histogram), std::vector<size_t>{});
  EXPECT_EQ(histogram.count(), 5u);
}

TEST(Exemplars, AreThoseOfTheMethodAndOfTheRoute) {
  GrpcMetrics grpc(std::vector<GrpcMetrics::Method>{{"a.B", "C"}, {"a.B", "D"}});
  grpc.method(1).Handled(0, 1, {Parent('a'), kArrived});
  const FamilyExemplars methods = grpc.CollectExemplars();
  EXPECT_EQ(methods.family, "grpc_server_handling_seconds");
  ASSERT_THAT(methods.metrics, SizeIs(2));
  EXPECT_FALSE(methods.metrics[0][0]);
  EXPECT_TRUE(methods.metrics[1][0]);

  HttpMetrics http;
  http.AddRoute("/a");
  http.AddRoute("/b").Handled(200, 1, {Parent('a'), kArrived});
  const FamilyExemplars routes = http.CollectExemplars();
  EXPECT_EQ(routes.family, "signet_http_request_seconds");
  ASSERT_THAT(routes.metrics, SizeIs(2));
  EXPECT_FALSE(routes.metrics[0][0]);
  EXPECT_TRUE(routes.metrics[1][0]);
}

// Whoever reads while many write sees one call whole, and every call is counted.
TEST(Exemplars, AreNeverPartsOfTwoCalls) {
  LatencyHistogram histogram;
  const std::string digits = "123456789abcdef";
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 6; ++writer) {
    threads.emplace_back([&, writer] {
      const auto number = static_cast<size_t>(writer);
      const std::string parent = Parent(digits[number]);
      for (int i = 0; i < 10'000; ++i) {
        histogram.ObserveNanos(writer, {parent, kArrived + absl::Seconds(writer)});
      }
    });
  }
  std::thread reader([&] {
    while (!over) {
      const auto exemplar = histogram.CollectExemplars()[0];
      if (!exemplar) continue;
      const char digit = digits[static_cast<size_t>(exemplar->nanos)];
      ASSERT_EQ(TraceOf(*exemplar), std::string(32, digit));
      ASSERT_EQ(SpanOf(*exemplar), std::string(16, digit));
      ASSERT_EQ(exemplar->time - absl::Nanoseconds(exemplar->nanos),
                kArrived + absl::Seconds(exemplar->nanos));
    }
  });
  for (auto& thread : threads) thread.join();
  over = true;
  reader.join();
  EXPECT_EQ(histogram.count(), 60'000u);
  EXPECT_TRUE(histogram.CollectExemplars()[0]);
}

}  // namespace
}  // namespace signet::observe

#include "server/observe/openmetrics.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace signet::observe {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Family(const std::string& name, MetricType type, const std::string& help = "") {
  MetricFamily family;
  family.name = name;
  family.type = type;
  family.help = help;
  family.metric.emplace_back();
  return family;
}

std::string Text(const MetricFamily& family, const std::vector<FamilyExemplars>& exemplars = {}) {
  return OpenMetricsText({family}, exemplars);
}

TEST(OpenMetrics, EndsWithTheEndEvenWhereThereIsNothing) {
  EXPECT_EQ(OpenMetricsText({}, {}), "# EOF\n");
}

TEST(OpenMetrics, AFamilyWithoutSamplesIsDescribed) {
  MetricFamily family = Family("signet_end_seconds", MetricType::Gauge, "When.");
  family.metric.clear();
  EXPECT_EQ(Text(family),
            "# TYPE signet_end_seconds gauge\n"
            "# UNIT signet_end_seconds seconds\n"
            "# HELP signet_end_seconds When.\n"
            "# EOF\n");
}

TEST(OpenMetrics, ACountersFamilyIsNamedWithoutTotalAndItsSampleWithIt) {
  MetricFamily family = Family("signet_calls_total", MetricType::Counter, "Calls.");
  family.metric[0].counter.value = 1e15;
  family.metric[0].label = {{"a", "x"}, {"b", "y"}};
  EXPECT_EQ(Text(family),
            "# TYPE signet_calls counter\n"
            "# HELP signet_calls Calls.\n"
            "signet_calls_total{a=\"x\",b=\"y\"} 1000000000000000\n"
            "# EOF\n");
}

TEST(OpenMetrics, TheUnitOfACounterStandsBeforeTotal) {
  MetricFamily family = Family("process_cpu_seconds_total", MetricType::Counter);
  family.metric[0].counter.value = 0.1;
  EXPECT_EQ(Text(family),
            "# TYPE process_cpu_seconds counter\n"
            "# UNIT process_cpu_seconds seconds\n"
            "process_cpu_seconds_total 0.1\n"
            "# EOF\n");
}

// It would have to be called otherwise than in the format 0.0.4.
TEST(OpenMetrics, ACounterThatDoesNotEndInTotalIsUnknownAndKeepsItsName) {
  MetricFamily family = Family("signet_calls", MetricType::Counter);
  family.metric[0].counter.value = 2;
  EXPECT_EQ(Text(family),
            "# TYPE signet_calls unknown\n"
            "signet_calls 2\n"
            "# EOF\n");
}

TEST(OpenMetrics, OfAGaugeEveryNumberCanBeWritten) {
  const double infinity = std::numeric_limits<double>::infinity();
  MetricFamily family = Family("signet_used_ratio", MetricType::Gauge);
  family.metric.assign(6, family.metric[0]);
  const std::vector<double> values = {-0.75,     1e300, infinity,
                                      -infinity, 5e-05, std::numeric_limits<double>::quiet_NaN()};
  for (size_t i = 0; i < values.size(); ++i) {
    family.metric[i].label = {{"i", std::string(1, static_cast<char>('0' + i))}};
    family.metric[i].gauge.value = values[i];
  }
  EXPECT_EQ(Text(family),
            "# TYPE signet_used_ratio gauge\n"
            "# UNIT signet_used_ratio ratio\n"
            "signet_used_ratio{i=\"0\"} -0.75\n"
            "signet_used_ratio{i=\"1\"} 1e+300\n"
            "signet_used_ratio{i=\"2\"} +Inf\n"
            "signet_used_ratio{i=\"3\"} -Inf\n"
            "signet_used_ratio{i=\"4\"} 5e-05\n"
            "signet_used_ratio{i=\"5\"} NaN\n"
            "# EOF\n");
}

TEST(OpenMetrics, AnUntypedOneIsUnknownAndMayHaveATime) {
  MetricFamily family = Family("cache_bytes", MetricType::Untyped);
  family.metric[0].untyped.value = 3;
  family.metric[0].timestamp_ms = 1'700'000'000'007;
  EXPECT_EQ(Text(family),
            "# TYPE cache_bytes unknown\n"
            "# UNIT cache_bytes bytes\n"
            "cache_bytes 3 1700000000.007\n"
            "# EOF\n");
}

TEST(OpenMetrics, ASummaryHasQuantilesCountAndSum) {
  MetricFamily family = Family("signet_size", MetricType::Summary);
  family.metric[0].label = {{"a", "x"}};
  family.metric[0].summary.sample_count = 7;
  family.metric[0].summary.sample_sum = 10.5;
  family.metric[0].summary.quantile = {{0.5, 1}, {0.99, 4.5}};
  EXPECT_EQ(Text(family),
            "# TYPE signet_size summary\n"
            "signet_size{a=\"x\",quantile=\"0.5\"} 1\n"
            "signet_size{a=\"x\",quantile=\"0.99\"} 4.5\n"
            "signet_size_count{a=\"x\"} 7\n"
            "signet_size_sum{a=\"x\"} 10.5\n"
            "# EOF\n");
}

Exemplar Observed(char digit, absl::Duration after, int64_t nanos) {
  Exemplar exemplar;
  std::fill(exemplar.trace_id.begin(), exemplar.trace_id.end(), digit);
  std::fill(exemplar.span_id.begin(), exemplar.span_id.end(), digit);
  exemplar.nanos = nanos;
  exemplar.time = absl::FromUnixSeconds(1'700'000'000) + after;
  return exemplar;
}

TEST(OpenMetrics, AHistogramHasTheExemplarOfEachBucketBehindIt) {
  MetricFamily family = Family("call_seconds", MetricType::Histogram, "How long.");
  family.metric[0].label = {{"m", "A"}};
  family.metric[0].histogram.bucket = {
      {1, 0.00005}, {3, 1}, {4, std::numeric_limits<double>::infinity()}};
  family.metric[0].histogram.sample_count = 4;
  family.metric[0].histogram.sample_sum = 12.25;
  family.metric.push_back(family.metric[0]);
  family.metric[1].label = {{"m", "B"}};
  const FamilyExemplars exemplars{
      "call_seconds",
      {{Observed('a', absl::Microseconds(5999), 49'999), std::nullopt,
        Observed('b', absl::ZeroDuration(), 11'000'000'000)},
       {std::nullopt, Observed('c', absl::Milliseconds(120), 250'000'000), std::nullopt}}};
  const std::string a(32, 'a'), b(32, 'b'), c(32, 'c');
  EXPECT_EQ(Text(family, {{"other_seconds", {}}, exemplars}),
            "# TYPE call_seconds histogram\n"
            "# UNIT call_seconds seconds\n"
            "# HELP call_seconds How long.\n"
            "call_seconds_bucket{m=\"A\",le=\"5e-05\"} 1 # {trace_id=\"" +
                a + "\",span_id=\"" + a.substr(16) +
                "\"} 4.9999e-05 1700000000.005\n"
                "call_seconds_bucket{m=\"A\",le=\"1\"} 3\n"
                "call_seconds_bucket{m=\"A\",le=\"+Inf\"} 4 # {trace_id=\"" +
                b + "\",span_id=\"" + b.substr(16) +
                "\"} 11 1700000000.000\n"
                "call_seconds_count{m=\"A\"} 4\n"
                "call_seconds_sum{m=\"A\"} 12.25\n"
                "call_seconds_bucket{m=\"B\",le=\"5e-05\"} 1\n"
                "call_seconds_bucket{m=\"B\",le=\"1\"} 3 # {trace_id=\"" +
                c + "\",span_id=\"" + c.substr(16) +
                "\"} 0.25 1700000000.120\n"
                "call_seconds_bucket{m=\"B\",le=\"+Inf\"} 4\n"
                "call_seconds_count{m=\"B\"} 4\n"
                "call_seconds_sum{m=\"B\"} 12.25\n"
                "# EOF\n");
}

TEST(OpenMetrics, TheBucketOfEverythingIsThereThoughNobodySaidSo) {
  MetricFamily family = Family("call_size", MetricType::Histogram);
  family.metric[0].histogram.bucket = {{1, 2.5}};
  family.metric[0].histogram.sample_count = 3;
  EXPECT_EQ(Text(family),
            "# TYPE call_size histogram\n"
            "call_size_bucket{le=\"2.5\"} 1\n"
            "call_size_bucket{le=\"+Inf\"} 3\n"
            "call_size_count 3\n"
            "call_size_sum 0\n"
            "# EOF\n");
}

// In HELP the quote, too, which the format 0.0.4 leaves as it is.
TEST(OpenMetrics, EscapesWhatWouldEndAValueOrALine) {
  MetricFamily family = Family("signet_up", MetricType::Gauge, "a\\b\n\"c\"");
  family.metric[0].label = {{"path", "C:\\x\n\"} 1 # {"}};
  EXPECT_EQ(Text(family),
            "# TYPE signet_up gauge\n"
            "# HELP signet_up a\\\\b\\n\\\"c\\\"\n"
            "signet_up{path=\"C:\\\\x\\n\\\"} 1 # {\"} 0\n"
            "# EOF\n");
}

}  // namespace
}  // namespace signet::observe

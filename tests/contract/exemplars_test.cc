// R-601: a scrape in OpenMetrics, and the traces to which its buckets lead.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/contract/service_test.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kOpenMetrics[] = "Accept: application/openmetrics-text; version=1.0.0";
constexpr char kSpanId[] = "00f067aa0ba902b7";

class ExemplarsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  // That no other test has.
  static std::string NewTraceId() {
    static int last = 0;
    return absl::StrCat("4bf92f3577b34da6a3ce929d0e0e", absl::Hex(++last, absl::kZeroPad4));
  }
  static std::string Parent(const std::string& trace_id, const std::string& flags = "01") {
    return absl::StrCat("00-", trace_id, "-", kSpanId, "-", flags);
  }

  static std::string Text() { return tests::HttpGet(server().http_port(), "/metrics").body; }
  static std::string OpenMetrics() {
    return tests::HttpGet(server().http_port(), "/metrics", {kOpenMetrics}).body;
  }

  static void Validate(const std::string& traceparent) {
    v1::ValidateRequest request;
    request.set_token("no token");
    request.set_audience("signet");
    const auto answer =
        ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::Validate, request,
                            {.bearer = "", .metadata = {{"traceparent", traceparent}}});
    EXPECT_EQ(Describe(answer.status), "OK");
  }
};

// One line: a series with its labels, its value, and its exemplar as it stands there.
struct Sample {
  std::string series;
  double value = 0;
  std::string exemplar;
};

std::vector<Sample> SamplesOf(const std::string& scrape) {
  std::vector<Sample> samples;
  for (const absl::string_view line : absl::StrSplit(scrape, '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "#")) continue;
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(line, absl::MaxSplits(" # ", 1));
    Sample sample;
    sample.series = std::string(halves.first.substr(0, halves.first.rfind(' ')));
    EXPECT_TRUE(absl::SimpleAtod(halves.first.substr(halves.first.rfind(' ') + 1), &sample.value))
        << line;
    sample.exemplar = std::string(halves.second);
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::vector<Sample> WithTrace(const std::string& scrape, const std::string& trace_id) {
  std::vector<Sample> found;
  for (Sample& sample : SamplesOf(scrape)) {
    if (absl::StrContains(sample.exemplar, trace_id)) found.push_back(std::move(sample));
  }
  return found;
}

double LabelLe(const std::string& series) {
  double bound = 0;
  const size_t at = series.find("le=\"") + 4;
  EXPECT_TRUE(absl::SimpleAtod(series.substr(at, series.find('"', at) - at), &bound)) << series;
  return bound;
}

TEST_F(ExemplarsTest, ASampledCallIsFoundAtTheBucketOfItsMethod) {
  const std::string trace = NewTraceId();
  const absl::Time before = absl::Now();
  Validate(Parent(trace));
  const absl::Time after = absl::Now();
  const std::vector<Sample> found = WithTrace(OpenMetrics(), trace);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_TRUE(absl::StartsWith(
      found[0].series,
      "grpc_server_handling_seconds_bucket{grpc_type=\"unary\",grpc_service=\"signet.v1."
      "TokenService\",grpc_method=\"Validate\",le=\""))
      << found[0].series;
  absl::string_view exemplar = found[0].exemplar;
  ASSERT_TRUE(absl::ConsumePrefix(
      &exemplar, absl::StrCat("{trace_id=\"", trace, "\",span_id=\"", kSpanId, "\"} ")))
      << exemplar;
  const std::pair<std::string, std::string> words = absl::StrSplit(exemplar, ' ');
  double seconds = 0, time = 0;
  ASSERT_TRUE(absl::SimpleAtod(words.first, &seconds));
  ASSERT_TRUE(absl::SimpleAtod(words.second, &time));
  EXPECT_GT(seconds, 0);
  EXPECT_LE(seconds, LabelLe(found[0].series));
  EXPECT_LE(absl::Seconds(seconds), after - before);
  EXPECT_GE(absl::FromUnixMillis(static_cast<int64_t>(time * 1e3 + 0.5)),
            before - absl::Milliseconds(1));
  EXPECT_LE(absl::FromUnixMillis(static_cast<int64_t>(time * 1e3 + 0.5)), after);
}

// The JSON door is a method and a route; a page of the port is a route alone.
TEST_F(ExemplarsTest, ARequestOverHttpIsFoundAtItsRoute) {
  const std::string rpc = NewTraceId(), page = NewTraceId();
  EXPECT_EQ(tests::HttpPost(server().http_port(), "/signet.v1.TokenService/Validate",
                            "{\"token\":\"x\",\"audience\":\"signet\"}",
                            {"traceparent: " + Parent(rpc)}, "application/json")
                .status,
            200);
  EXPECT_EQ(tests::HttpGet(server().http_port(), "/.well-known/jwks.json",
                           {"Traceparent: " + Parent(page)})
                .status,
            200);
  const std::string scrape = OpenMetrics();
  const std::vector<Sample> of_rpc = WithTrace(scrape, rpc);
  ASSERT_THAT(of_rpc, SizeIs(2));
  EXPECT_THAT(of_rpc[0].series, HasSubstr("grpc_method=\"Validate\""));
  EXPECT_THAT(of_rpc[1].series,
              HasSubstr("signet_http_request_seconds_bucket{route=\"/signet.v1.\""));
  const std::vector<Sample> of_page = WithTrace(scrape, page);
  ASSERT_THAT(of_page, SizeIs(1));
  EXPECT_THAT(of_page[0].series,
              HasSubstr("signet_http_request_seconds_bucket{route=\"/.well-known/jwks.json\""));
}

TEST_F(ExemplarsTest, ARefusedCallIsFoundToo) {
  const std::string trace = NewTraceId();
  v1::GetUserRequest request;
  const auto answer =
      ServiceClient::Call(client().users(), &v1::UserService::Stub::GetUser, request,
                          {.bearer = "no token", .metadata = {{"traceparent", Parent(trace)}}});
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  const std::vector<Sample> found = WithTrace(OpenMetrics(), trace);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].series, HasSubstr("grpc_method=\"GetUser\""));
}

TEST_F(ExemplarsTest, WhatTheCallerDoesNotRecordLeadsNowhere) {
  const std::string trace = NewTraceId();
  Validate(Parent(trace, "00"));
  Validate(Parent(trace, "02"));
  EXPECT_THAT(OpenMetrics(), Not(HasSubstr(trace)));
}

// Nothing of it reaches the scrape, above all no end of a label's value.
TEST_F(ExemplarsTest, WhatIsNoTraceparentLeadsNowhere) {
  const std::string trace = NewTraceId(), half = trace.substr(0, 28);
  for (const std::string& sent :
       {Parent(trace) + "-01", Parent(trace).substr(1), Parent(trace, "0x"), Parent(half + "ABCD"),
        Parent(half + "\"} 1"), Parent(half + "\\n a"), "01" + Parent(trace).substr(2),
        absl::StrCat("00-", trace, "-0000000000000000-01"), std::string(4000, '0')}) {
    Validate(sent);
  }
  const std::string scrape = OpenMetrics();
  EXPECT_THAT(scrape, Not(HasSubstr(trace)));
  EXPECT_THAT(scrape, Not(HasSubstr(half + "\"")));
  EXPECT_THAT(scrape, Not(HasSubstr(half + "ABCD")));
  EXPECT_THAT(scrape, Not(HasSubstr(half + "\\n")));
}

TEST_F(ExemplarsTest, PlainTextHasNone) {
  const std::string trace = NewTraceId();
  Validate(Parent(trace));
  const auto scrape = tests::HttpGet(server().http_port(), "/metrics", {"Accept: */*"});
  EXPECT_EQ(scrape.fields.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(scrape.body, Not(HasSubstr(trace)));
  EXPECT_THAT(scrape.body, Not(HasSubstr(" # ")));
  EXPECT_THAT(scrape.body, Not(HasSubstr("# EOF")));
}

// What only grows while the process lives.
bool Grows(const std::string& series) {
  const std::string name = series.substr(0, series.find('{'));
  for (const char* end : {"_total", "_bucket", "_count", "_sum"}) {
    if (absl::EndsWith(name, end)) return true;
  }
  return false;
}

TEST_F(ExemplarsTest, BothFormatsShowTheSameSeriesWithTheSameValues) {
  NewSession();
  std::map<std::string, double> before, after;
  for (const Sample& sample : SamplesOf(Text())) before[sample.series] = sample.value;
  const auto scrape = tests::HttpGet(server().http_port(), "/metrics", {kOpenMetrics});
  EXPECT_EQ(scrape.fields.at("content-type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(absl::EndsWith(scrape.body, "\n# EOF\n"));
  const std::vector<Sample> between = SamplesOf(scrape.body);
  for (const Sample& sample : SamplesOf(Text())) after[sample.series] = sample.value;

  std::vector<std::string> missing, moved;
  std::map<std::string, double> rest = before;
  int growing = 0;
  for (const auto& [series, value, exemplar] : between) {
    // What comes about meanwhile, such as the age of the first seal.
    if (before.count(series) == 0 && after.count(series) == 0) missing.push_back(series);
    rest.erase(series);
    if (!Grows(series) || before.count(series) == 0) continue;
    ++growing;
    if (value < before[series] || value > after[series]) {
      moved.push_back(absl::StrCat(series, ": ", before[series], " ", value, " ", after[series]));
    }
  }
  EXPECT_THAT(missing, IsEmpty()) << "only in OpenMetrics";
  EXPECT_THAT(rest, IsEmpty()) << "only in plain text";
  EXPECT_THAT(moved, IsEmpty());
  EXPECT_GT(growing, 1000);
}

}  // namespace
}  // namespace signet::contract

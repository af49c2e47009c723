#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/base/fake_clock.h"
#include "prometheus/text_serializer.h"
#include "server/observe/abuse_metrics.h"
#include "server/observe/audit_metrics.h"
#include "server/observe/cleanup_metrics.h"
#include "server/observe/connection_metrics.h"
#include "server/observe/gateway_metrics.h"
#include "server/observe/grpc_metrics.h"
#include "server/observe/http_metrics.h"
#include "server/observe/log_writer.h"
#include "server/observe/mail_metrics.h"
#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"
#include "server/observe/openmetrics.h"
#include "server/observe/session_metrics.h"
#include "server/observe/state_metrics.h"
#include "server/observe/token_metrics.h"
#include "server/observe/vault_metrics.h"
#include "server/observe/watch_metrics.h"
#include "server/observe/work_metrics.h"

namespace signet::observe {
namespace {

using ::testing::HasSubstr;

// Every struct there is, as a server makes them.
struct Everything {
  Everything() {
    for (const prometheus::Collectable* source : std::vector<const prometheus::Collectable*>{
             &grpc,    &tokens, &lanes,   &hashing,     &pool, &revocations, &keys,
             &cache,   &log,    &process, &connections, &mail, &vault,       &audit,
             &cleanup, &abuse,  &watch,   &sessions,    &http, &gateways}) {
      sources.Add(*source);
    }
    sources.AddExemplars(grpc);
    sources.AddExemplars(http);
    http.AddRoute("/livez");
    http.certificate_end = [] { return absl::FromUnixSeconds(5000); };
    audit.Sealed(absl::FromUnixSeconds(995), 3, absl::Seconds(2));
  }
  base::FakeClock clock{absl::FromUnixSeconds(1000)};
  GrpcMetrics grpc{std::vector<GrpcMetrics::Method>{
      {"signet.v1.TokenService", "Validate"},
      {"signet.v1.TokenService", "WatchRevocations", GrpcForm::kServerStream}}};
  TokenMetrics tokens;
  LaneMetrics lanes;
  HashingMetrics hashing;
  PoolMetrics pool{{"rotate", "open"}};
  RevocationMetrics revocations{clock, [] {
                                  return RevocationMetrics::State{7, absl::FromUnixSeconds(990), 3};
                                }};
  KeyMetrics keys{clock, [] { return KeyMetrics::State{absl::FromUnixSeconds(400), 5}; }};
  CacheMetrics cache{[] { return token::VerifiedTokenCache::Stats{10, 2, 4, 4096, 1}; }};
  LogWriter log{2};
  ProcessMetrics process{"0.1.0", "1.51.1"};
  ConnectionMetrics connections;
  MailMetrics mail{clock};
  VaultMetrics vault{clock};
  AuditMetrics audit{clock};
  CleanupMetrics cleanup{clock};
  AbuseMetrics abuse;
  WatchMetrics watch;
  SessionMetrics sessions{[] { return SessionMetrics::State{3, "read_only", 20}; }};
  HttpMetrics http;
  GatewayMetrics gateways;
  MetricSources sources;
};

std::string LabelsOf(const prometheus::ClientMetric& metric) {
  std::vector<std::string> names;
  for (const auto& label : metric.label) names.push_back(label.name);
  return absl::StrJoin(names, ",");
}

// R-601: what a scrape shows is what the catalog (and docs/metrics.md) says, and all of it.
TEST(MetricCatalog, IsExactlyWhatAScrapeShows) {
  Everything all;
  std::set<std::string> seen;
  for (const auto& family : all.sources.Collect()) {
    EXPECT_TRUE(seen.insert(family.name).second) << family.name << " twice";
    for (const MetricDescription& row : MetricCatalog()) {
      if (row.name != family.name) continue;
      for (const auto& metric : family.metric) EXPECT_EQ(LabelsOf(metric), row.labels) << row.name;
    }
  }
  std::set<std::string> documented;
  for (const MetricDescription& row : MetricCatalog()) documented.emplace(row.name);
  EXPECT_EQ(seen, documented);
}

TEST(MetricSources, RendersTheTextFormat) {
  Everything all;
  all.tokens.Accepted(token::DecisionSource::kCache);
  all.tokens.Rejected(token::RejectReason::kExpired, token::DecisionSource::kSignature);
  all.tokens.logins.Add(LoginResult::kWrongPassword);
  const std::string text = all.sources.RenderText();
  EXPECT_THAT(text, HasSubstr("signet_validations_total{result=\"active\",reason=\"none\","
                              "source=\"cache\"} 1"));
  EXPECT_THAT(text, HasSubstr("signet_validations_total{result=\"inactive\",reason=\"expired\","
                              "source=\"signature\"} 1"));
  EXPECT_THAT(text, HasSubstr("signet_logins_total{result=\"wrong_password\"} 1"));
  EXPECT_THAT(text, HasSubstr("signet_revocation_as_of_age_seconds 10"));
  EXPECT_THAT(text, HasSubstr("signet_signing_key_age_seconds 600"));
  // R-202: for everybody else it is on.
  EXPECT_THAT(text, HasSubstr("signet_session_policy_share{mode=\"read_only\"} 20"));
  EXPECT_THAT(text, HasSubstr("signet_session_policy_share{mode=\"on\"} 80"));
  EXPECT_THAT(text, HasSubstr("signet_accepted_credentials_total{kind=\"access_token\"} 1"));
}

std::multiset<std::string> SampleLines(const std::string& text) {
  std::multiset<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (!absl::StartsWith(line, "#")) lines.emplace(line.substr(0, line.find(" # {")));
  }
  return lines;
}

// Dashboards and rules do not notice in which format they were scraped.
TEST(MetricSources, HasTheSameSamplesToTheLetterInBothFormats) {
  Everything all;
  all.grpc.method(0).Started();
  all.grpc.method(0).Handled(0, 123'456'789);
  all.http.AddRoute("/a\"b\\c").Handled(404, 1);
  all.tokens.logins.Add(LoginResult::kWrongPassword, 1'000'000'007);
  const auto families = all.sources.Collect();
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  const auto lines = SampleLines(text.str());
  EXPECT_GT(lines.size(), 200u);
  EXPECT_EQ(SampleLines(OpenMetricsText(families, {})), lines);
}

// OpenMetrics has no other counters: their samples would have to be renamed.
TEST(MetricCatalog, ACountersNameEndsInTotalAndNoOtherDoes) {
  for (const MetricDescription& row : MetricCatalog()) {
    EXPECT_EQ(absl::EndsWith(row.name, "_total"), row.type == prometheus::MetricType::Counter)
        << row.name;
  }
}

TEST(MetricSources, RendersOpenMetricsWithTheExemplarsOfMethodsAndRoutes) {
  Everything all;
  const TracedCall call{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                        absl::FromUnixSeconds(1000)};
  all.grpc.method(0).Handled(0, 2'000'000, call);
  all.http.AddRoute("/a").Handled(200, 20'000'000'000, call);
  const std::string ids =
      " # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\",span_id=\"00f067aa0ba902b7\"} ";
  const std::string text = all.sources.RenderOpenMetrics();
  EXPECT_THAT(text, HasSubstr("\ngrpc_server_handling_seconds_bucket{grpc_type=\"unary\","
                              "grpc_service=\"signet.v1.TokenService\",grpc_method=\"Validate\","
                              "le=\"0.0025\"} 1" +
                              ids + "0.002 1000.002\n"));
  EXPECT_THAT(text, HasSubstr("\nsignet_http_request_seconds_bucket{route=\"/a\",le=\"+Inf\"} 1" +
                              ids + "20 1020.000\n"));
  EXPECT_TRUE(absl::EndsWith(text, "\n# EOF\n"));
  EXPECT_THAT(all.sources.RenderText(), Not(HasSubstr("trace_id")));
}

TEST(MetricSources, TellsWhenTheCertificateEndsAndNothingWithoutOne) {
  Everything all;
  const std::string name = "\nsignet_tls_certificate_expiry_time_seconds ";
  EXPECT_THAT(all.sources.RenderText(), HasSubstr(name + "5000\n"));
  all.http.certificate_end = nullptr;
  EXPECT_THAT(all.sources.RenderText(), Not(HasSubstr(name)));
}

// R-407: how long it has been away, and what is left of what it gave.
TEST(VaultMetrics, TellsForHowLongItFailsAndWhatIsLeftOfTheLease) {
  Everything all;
  EXPECT_THAT(all.sources.RenderText(), HasSubstr("\nsignet_vault_failing_seconds 0\n"));
  EXPECT_THAT(all.sources.RenderText(), HasSubstr("\nsignet_vault_credentials_used_ratio 0\n"));
  all.vault.SetLease(all.clock.Now(), all.clock.Now() + absl::Seconds(20));
  all.clock.Advance(absl::Seconds(5));
  all.vault.SetWorking(false);
  all.clock.Advance(absl::Seconds(10));
  all.vault.SetWorking(false);
  EXPECT_THAT(all.sources.RenderText(), HasSubstr("\nsignet_vault_failing_seconds 10\n"));
  EXPECT_THAT(all.sources.RenderText(), HasSubstr("\nsignet_vault_credentials_used_ratio 0.75\n"));
  all.vault.SetWorking(true);
  EXPECT_THAT(all.sources.RenderText(), HasSubstr("\nsignet_vault_failing_seconds 0\n"));
}

// What has never succeeded is as late as what no longer does.
TEST(CleanupMetrics, CountsFromTheStartAndFromEachRoundThatWasFinished) {
  Everything all;
  all.clock.Advance(absl::Hours(2));
  EXPECT_THAT(all.sources.RenderText(), HasSubstr("\nsignet_cleanup_age_seconds 7200\n"));
  all.cleanup.Done(all.clock.Now() - absl::Seconds(5));
  ++all.cleanup.failures;
  const std::string text = all.sources.RenderText();
  EXPECT_THAT(text, HasSubstr("\nsignet_cleanup_age_seconds 5\n"));
  EXPECT_THAT(text, HasSubstr("\nsignet_cleanup_failures_total 1\n"));
}

// R-305
TEST(WatchMetrics, TellsHowManyVerifiersHoldTheNewestKeySet) {
  Everything all;
  all.watch.verifiers_current = 3;
  all.watch.verifiers_behind = 1;
  const std::string text = all.sources.RenderText();
  EXPECT_THAT(text, HasSubstr("signet_key_set_verifiers{state=\"current\"} 3"));
  EXPECT_THAT(text, HasSubstr("signet_key_set_verifiers{state=\"behind\"} 1"));
}

TEST(GrpcMetrics, CountsTheMessagesOfAStreamAndWhetherItIsOpen) {
  Everything all;
  GrpcMethodMetrics& watch = all.grpc.method(1);
  watch.Started();
  watch.Started();
  watch.Received();
  watch.Sent();
  watch.Sent();
  watch.Handled(10, 1'000);
  const std::string text = all.sources.RenderText();
  const std::string labels =
      "{grpc_type=\"server_stream\",grpc_service=\"signet.v1.TokenService\","
      "grpc_method=\"WatchRevocations\"}";
  EXPECT_THAT(text, HasSubstr("grpc_server_msg_received_total" + labels + " 1"));
  EXPECT_THAT(text, HasSubstr("grpc_server_msg_sent_total" + labels + " 2"));
  EXPECT_THAT(text, HasSubstr("signet_grpc_streams_open{grpc_method=\"WatchRevocations\"} 1"));
}

TEST(GrpcMetrics, CountsByCodeAndKeepsTheEcosystemsNames) {
  GrpcMetrics metrics(std::vector<GrpcMetrics::Method>{{"signet.v1.AuthService", "Login"}});
  metrics.method(0).Started();
  metrics.method(0).Handled(16, 120'000);
  metrics.method(0).Handled(99, 1);
  EXPECT_EQ(metrics.method(0).started(), 1u);
  EXPECT_EQ(metrics.method(0).handled(16), 1u);
  EXPECT_EQ(metrics.method(0).handled(2), 1u);  // no code of gRPC: Unknown
  EXPECT_EQ(GrpcCodeName(16), "Unauthenticated");
  EXPECT_EQ(GrpcCodeName(-1), "Unknown");
}

TEST(LatencyHistogram, PutsEachDurationIntoTheFirstBucketThatHoldsIt) {
  LatencyHistogram histogram;
  histogram.Observe(absl::Microseconds(50));
  histogram.Observe(absl::Microseconds(51));
  histogram.Observe(absl::Seconds(11));
  histogram.Observe(absl::Seconds(-1));
  prometheus::MetricFamily family = NewFamily("signet_hashing_wait_seconds");
  histogram.CollectInto(family, {});
  const auto& sample = family.metric.at(0).histogram;
  EXPECT_EQ(sample.bucket.at(0).cumulative_count, 2u);
  EXPECT_EQ(sample.bucket.at(1).cumulative_count, 3u);
  EXPECT_EQ(sample.bucket.at(16).cumulative_count, 3u);
  EXPECT_EQ(sample.bucket.at(17).cumulative_count, 4u);
  EXPECT_EQ(sample.sample_count, 4u);
  EXPECT_DOUBLE_EQ(sample.sample_sum, 11.000101);
}

TEST(LatencyHistogram, LosesNoCountUnderManyThreads) {
  LatencyHistogram histogram;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10'000; ++j) histogram.ObserveNanos(j);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(histogram.count(), 160'000u);
}

TEST(PoolMetrics, NeverMakesASeriesFromAnUnknownName) {
  PoolMetrics pool({"rotate", "open"});
  pool.Statement("rotate");
  pool.Statement("drop table");
  MetricSources sources;
  sources.Add(pool);
  const std::string text = sources.RenderText();
  EXPECT_THAT(text, HasSubstr("signet_database_statements_total{statement=\"rotate\"} 1"));
  EXPECT_THAT(text, HasSubstr("signet_database_statements_total{statement=\"other\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("drop")));
}

}  // namespace
}  // namespace signet::observe

#include "server/http/http_server.h"

#include <latch>
#include <map>
#include <set>
#include <thread>

#include <pthread.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/http/http_fixture.h"

namespace signet::http {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(HttpServerTest, LivezAnswersWhateverTheDatabaseDoes) {
  database_problem_ = "gone";
  Start();
  EXPECT_THAT(Get(port(), "/livez"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

//
TEST_F(HttpServerTest, ReadyzNamesEachCheckAndFailsWithAnyOfThem) {
  Start();
  std::string reply = Get(port(), "/readyz");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(BodyOf(reply), "database: ok\nkeys: ok\n");
  database_problem_ = "does not answer";
  reply = Get(port(), "/readyz");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_EQ(BodyOf(reply), "database: does not answer\nkeys: ok\n");
}

TEST_F(HttpServerTest, ReadyzTellsOfAConditionThatDoesNotCountAndStaysReady) {
  weight_ = ReadinessCheck::Weight::kTold;
  database_problem_ = "gone";
  Start();
  const std::string reply = Get(port(), "/readyz");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(BodyOf(reply), "database: gone\nkeys: ok\n");
}

TEST_F(HttpServerTest, JwksWithoutKeysIsUnavailableAndNotCached) {
  keys_ = std::nullopt;
  Start();
  const std::string reply = Get(port(), "/.well-known/jwks.json");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(FieldOf(reply, "Cache-Control"), "no-store");
}

//
TEST_F(HttpServerTest, MetricsAreTextInTheExpositionFormat) {
  Start();
  const std::string reply = Get(port(), "/metrics");
  EXPECT_EQ(FieldOf(reply, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(BodyOf(reply), "signet_up 1\n");
  EXPECT_EQ(FieldOf(reply, "Vary"), "Accept");
}

TEST_F(HttpServerTest, MetricsAreOpenMetricsForWhoeverAsksForThem) {
  Start();
  const std::string asked = "Accept: text/plain;q=0.5\r\nAccept: application/openmetrics-text\r\n";
  const std::string reply = Get(port(), "/metrics", asked);
  EXPECT_EQ(FieldOf(reply, "Content-Type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(BodyOf(reply), "signet_up 1\n# EOF\n");
  EXPECT_EQ(FieldOf(reply, "Vary"), "Accept");
}

TEST_F(HttpServerTest, ASampledRequestIsTheExemplarOfItsRoute) {
  Start();
  const std::string ids = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
  Get(port(), "/readyz", absl::StrCat("traceparent: 00-", ids, "-00\r\n"));
  const absl::Time before = absl::Now();
  Get(port(), "/livez", absl::StrCat("Traceparent: 00-", ids, "-01\r\n"));
  std::vector<observe::Exemplar> found;
  size_t of_livez = 0;
  const observe::FamilyExemplars exemplars = metrics_.CollectExemplars();
  for (const auto& route : exemplars.metrics) {
    for (const auto& exemplar : route) {
      if (!exemplar) continue;
      found.push_back(*exemplar);
      if (&route == &exemplars.metrics[0]) ++of_livez;
    }
  }
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(of_livez, 1u);
  EXPECT_EQ(absl::string_view(found[0].trace_id.data(), 32), ids.substr(0, 32));
  EXPECT_EQ(absl::string_view(found[0].span_id.data(), 16), ids.substr(33));
  EXPECT_GE(found[0].time, before - absl::Milliseconds(1));
  EXPECT_LE(found[0].time, absl::Now());
}

//
TEST_F(HttpServerTest, JwksMayBeCachedAndIsNotSentAgainToWhoHasIt) {
  Start();
  const std::string reply = Get(port(), "/.well-known/jwks.json");
  EXPECT_EQ(FieldOf(reply, "Content-Type"), "application/json");
  EXPECT_THAT(FieldOf(reply, "Cache-Control"), ContainsRegex("^public, max-age=[0-9]+, must"));
  EXPECT_EQ(BodyOf(reply), "{\"keys\":[]}");
  const std::string tag = FieldOf(reply, "ETag");
  for (const std::string& known : {tag, absl::StrCat("W/", tag), absl::StrCat("\"x\", ", tag)}) {
    const std::string again =
        Get(port(), "/.well-known/jwks.json", absl::StrCat("If-None-Match: ", known, "\r\n"));
    EXPECT_THAT(again, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
    EXPECT_EQ(BodyOf(again), "");
  }
}

// verifiers that started together do not return together, and none later than a new key may
// sign.
TEST_F(HttpServerTest, JwksLivesForADifferentTimeEachAndNeverLongerThanAllowed) {
  Start();
  std::set<int> ages;
  for (int i = 0; i < 40; ++i) {
    const std::string control = FieldOf(Get(port(), "/.well-known/jwks.json"), "Cache-Control");
    int age = 0;
    ASSERT_TRUE(absl::SimpleAtoi(
        control.substr(std::string("public, max-age=").size(), control.find(", must") - 16), &age))
        << control;
    ages.insert(age);
  }
  EXPECT_GT(ages.size(), 5u);
  EXPECT_GE(*ages.begin(), 225);
  EXPECT_LE(*ages.rbegin(), 300);
}

TEST_F(HttpServerTest, ADocumentIsNotSentAgainToWhoHasIt) {
  StartWith({}, {Json("/openapi.json", "{}")});
  const std::string reply = Get(port(), "/openapi.json");
  EXPECT_EQ(BodyOf(reply), "{}");
  EXPECT_EQ(FieldOf(reply, "Content-Type"), "application/json");
  EXPECT_THAT(
      Get(port(), "/openapi.json", absl::StrCat("If-None-Match: ", FieldOf(reply, "ETag"), "\r\n")),
      StartsWith("HTTP/1.1 304 "));
}

TEST_F(HttpServerTest, HeadHasTheFieldsOfGetAndNoBody) {
  Start();
  const std::string reply =
      Exchange(port(), "HEAD /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(FieldOf(reply, "Content-Length"), "12");
  EXPECT_EQ(BodyOf(reply), "");
}

TEST_F(HttpServerTest, OtherMethodsAreRefusedAndUnknownPathsNotFound) {
  Start();
  const std::string reply =
      Exchange(port(), "DELETE /livez HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 405 "));
  EXPECT_EQ(FieldOf(reply, "Allow"), "GET, HEAD");
  EXPECT_THAT(Get(port(), "/../etc/passwd"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get(port(), "/livez/"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(HttpServerTest, EveryReplyCarriesTheSecurityFields) {
  Start();
  for (const char* path : {"/livez", "/nothing"}) {
    const std::string reply = Get(port(), path);
    EXPECT_EQ(FieldOf(reply, "X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(FieldOf(reply, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(FieldOf(reply, "Cache-Control"), "no-store");
    EXPECT_EQ(FieldOf(reply, "Connection"), "close");
  }
}

TEST_F(HttpServerTest, AnOversizedHeadIsRefusedAndTheReplyArrives) {
  Start();
  const std::string large(64 * 1024, 'a');
  EXPECT_THAT(Get(port(), "/livez", absl::StrCat("X: ", large.substr(0, kMaxHead), "\r\n")),
              StartsWith("HTTP/1.1 431 "));
}

// What waits for the database must not keep anybody from the keys.
TEST_F(HttpServerTest, WorkThatFindsNoWorkerIsShedAndTheRestIsServed) {
  std::latch entered(1);
  std::latch leave(1);
  Route slow{"/slow", [&](const Request&) {
               entered.count_down();
               leave.wait();
               return Reply{.body = "done"};
             }};
  slow.lane = Route::Lane::kWorker;
  HttpServer::Options options{.threads = 1};
  options.site.workers = 1;
  options.site.queue = 1;
  StartWith(options, {Livez(), slow});
  const auto ask = [&] {
    const int client = Connect(port());
    Send(client, "GET /slow HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    return client;
  };
  const int running = ask();
  entered.wait();
  const int one = ask();
  const int other = ask();  // one of the two waits, the other is shed
  EXPECT_THAT(Get(port(), "/livez"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(Get(port(), "/slow"), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(FieldOf(Get(port(), "/slow"), "Retry-After"), "1");
  leave.count_down();
  EXPECT_THAT(ReadAll(running), HasSubstr("done"));
  EXPECT_THAT(ReadAll(one) + ReadAll(other), AllOf(HasSubstr("done"), HasSubstr(" 503 ")));
  EXPECT_GE(metrics_.shed.load(), 3);
  for (const int client : {running, one, other}) close(client);
}

TEST_F(HttpServerTest, ABodyIsTakenWholeOrInChunks) {
  Start();
  EXPECT_EQ(BodyOf(Exchange(port(),
                            "POST /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                            "Content-Length: 5\r\n\r\nhello")),
            "hello");
  EXPECT_EQ(BodyOf(Exchange(port(),
                            "POST /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n"
                            "0\r\n\r\n")),
            "hello");
}

// What others carry: a large body, every path below one, and an answer that comes later.
TEST_F(HttpServerTest, ARouteMayTakeMoreReachFurtherAndAnswerLater) {
  std::thread carrier;
  std::string seen;
  Route route;
  route.path = "/below.";
  route.extent = Route::Extent::kBelow;
  route.methods = Route::Methods::kAll;
  route.largest_body = 4 * kMaxBody;
  route.answer_later = [&](const Request& request, Answered answered) {
    seen = request.path;
    carrier = std::thread([&request, answered = std::move(answered)] {
      Reply reply{.body = absl::StrCat(request.body.size())};
      reply.logged = Reply::Logged::kElsewhere;
      answered(reply);
    });
  };
  StartWith({}, {Livez(), route, Text("/below.own", [] { return std::string("own"); })});
  const auto post = [&](size_t size) {
    return Exchange(port(), absl::StrCat("POST /below.a/b HTTP/1.1\r\nHost: t\r\nConnection: close"
                                         "\r\nX-Request-Id: r-1\r\nContent-Length: ",
                                         size, "\r\n\r\n", std::string(size, 'x')));
  };
  for (const size_t size : {size_t{3}, kMaxBody + 1, 4 * kMaxBody}) {
    const std::string reply = post(size);
    carrier.join();
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(BodyOf(reply), absl::StrCat(size));
    EXPECT_EQ(seen, "/below.a/b");
    EXPECT_EQ(FieldOf(reply, "X-Request-Id"), "");  // whoever carried it says that
  }
  EXPECT_THAT(post(4 * kMaxBody + 1), StartsWith("HTTP/1.1 413 "));
  std::string chunks = "POST /below.a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5; ++i) {
    absl::StrAppend(&chunks, "4000\r\n", std::string(0x4000, 'x'), "\r\n");
  }
  EXPECT_THAT(Exchange(port(), chunks), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(BodyOf(Get(port(), "/below.own")), "own");
  EXPECT_THAT(Get(port(), "/belo"), StartsWith("HTTP/1.1 404 "));
  // A body comes with POST alone, whatever a route admits.
  EXPECT_THAT(Exchange(port(), "PUT /below.a HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nok"),
              StartsWith("HTTP/1.1 413 "));
}

// A few hundred bytes of gzip may be a quarter of a megabyte of JSON.
TEST_F(HttpServerTest, WhatIsLargeOrPackedIsReadByAWorker) {
  Route route;
  route.path = "/below.";
  route.extent = Route::Extent::kBelow;
  route.methods = Route::Methods::kAll;
  route.largest_body = 4 * kMaxBody;
  route.answer_later = [](const Request&, Answered answered) {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof(name));
    answered({.body = name});
  };
  StartWith({}, {route});
  const auto post = [&](size_t size, absl::string_view fields) {
    return BodyOf(Exchange(
        port(), absl::StrCat("POST /below.a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n", fields,
                             "Content-Length: ", size, "\r\n\r\n", std::string(size, 'x'))));
  };
  EXPECT_EQ(post(kMaxBody, ""), "http");
  EXPECT_EQ(post(kMaxBody + 1, ""), "http-worker");
  EXPECT_EQ(post(3, "Content-Encoding: gzip\r\n"), "http-worker");
  EXPECT_EQ(post(3, "Content-Encoding:\r\nContent-Encoding: gzip\r\n"), "http-worker");
  const auto get = [&](const std::string& query) {
    return BodyOf(Get(port(), "/below.a?" + query));
  };
  EXPECT_EQ(get("encoding=json&message=%7B%7D"), "http");
  EXPECT_EQ(get("message=x&compression=gzip&base64=1"), "http-worker");
  EXPECT_EQ(get("message=x&%63ompression=gzip&base64=1"), "http-worker");
  EXPECT_EQ(get("message=" + std::string(8192, 'x')), "http-worker");
}

// Whom a request counts for is never what it says of itself.
TEST_F(HttpServerTest, APeerWithoutAnAddressIsNoTrustedProxy) {
  Site::Options options;
  options.proxies =
      *domain::TrustedProxies::Parse("unix", domain::TrustedProxies::Header::kXForwardedFor);
  const Site site(options, {Livez()}, {clock_, logger_, metrics_});
  Request head;
  head.method = Method::kGet;
  head.path = "/livez";
  head.fields = {{"x-forwarded-for", "192.0.2.1"}};
  EXPECT_EQ(site.Enter(head, "", Site::Body::kNone).request().call.peer.address, "");
}

TEST_F(HttpServerTest, AClientThatAsksFirstIsToldToSendItsBody) {
  Start();
  const int client = Connect(port());
  EXPECT_THAT(RoundTrip(client,
                        "POST /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                        "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"),
              StartsWith("HTTP/1.1 100 Continue\r\n\r\n"));
  Send(client, "ok");
  EXPECT_EQ(BodyOf(ReadAll(client)), "ok");
  close(client);
}

TEST_F(HttpServerTest, ABodyThatNobodyReadsOrThatIsTooLargeIsRefusedAndEndsTheConnection) {
  Start();
  const std::string large(kMaxBody + 1, 'a');
  for (const std::string& request :
       {std::string("GET /livez HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody"),
        absl::StrCat("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: ", large.size(), "\r\n\r\n",
                     large)}) {
    const std::string reply = Exchange(port(), request);
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 413 "));
    EXPECT_EQ(FieldOf(reply, "Connection"), "close");
  }
}

// Two lengths of one body are two requests to somebody.
TEST_F(HttpServerTest, WhatCouldBeReadAsTwoRequestsIsRefused) {
  Start();
  for (const char* framing :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n", "Content-Length: +4\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip, chunked, x\r\n"}) {
    const std::string reply = Exchange(
        port(), absl::StrCat("POST /echo HTTP/1.1\r\nHost: t\r\n", framing, "\r\n0\r\n\r\n"));
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 400 ")) << framing;
    EXPECT_EQ(CountOf(reply, "HTTP/1.1 "), 1) << framing;
  }
}

//
TEST_F(HttpServerTest, RequestsAreCountedByRouteAndClassWhateverPathTheyAskFor) {
  Start();
  (void)Get(port(), "/livez");
  (void)Get(port(), "/made/up");
  (void)Exchange(port(), "nonsense\r\n\r\n");
  std::map<std::string, double> counts;
  for (const auto& family : metrics_.Collect()) {
    if (family.name != "signet_http_requests_total") continue;
    for (const auto& metric : family.metric) {
      counts[absl::StrCat(metric.label[0].value, " ", metric.label[1].value)] =
          metric.counter.value;
    }
  }
  EXPECT_EQ(counts["/livez 2xx"], 1);
  EXPECT_EQ(counts["other 4xx"], 1);
  EXPECT_EQ(counts["refused 4xx"], 1);
  EXPECT_EQ(counts.count("/made/up 4xx"), 0u);
}

TEST_F(HttpServerTest, TheRequestIdOfTheCallerComesBackUnlessItCouldBreakALine) {
  Start();
  EXPECT_EQ(FieldOf(Get(port(), "/livez", "X-Request-Id: abc-1\r\n"), "X-Request-Id"), "abc-1");
  EXPECT_NE(FieldOf(Get(port(), "/livez", "X-Request-Id: a b\r\n"), "X-Request-Id"), "a b");
}

}  // namespace
}  // namespace signet::http

// Connections of the HTTP port: how many, for how long, and how they end.

#include <latch>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/http/http_fixture.h"
#include "server/http/http_server.h"

namespace signet::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(HttpServerTest, ARequestThatIsNeverCompletedIsEndedInTime) {
  Start({.request_timeout = absl::Milliseconds(50)});
  EXPECT_THAT(Exchange(port(), "GET /livez HTTP/1.1\r\n"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, ConnectionsBeyondTheLimitAreClosedAtOnceWhereNoneWaitsForItsClient) {
  std::latch entered(1);
  std::latch leave(1);
  Route slow{"/slow", [&](const Request&) {
               entered.count_down();
               leave.wait();
               return Reply{.body = "done"};
             }};
  slow.lane = Route::Lane::kWorker;
  StartWith({.connections = 1}, {Livez(), slow});
  const int first = Connect(port());
  Send(first, "GET /slow HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  entered.wait();
  EXPECT_EQ(Get(port(), "/livez"), "");
  EXPECT_EQ(metrics_.connections_refused.load(), 1);
  EXPECT_EQ(metrics_.connections_displaced.load(), 0);
  leave.count_down();
  EXPECT_THAT(ReadAll(first), HasSubstr("done"));
  close(first);
}

constexpr char kStay[] = "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n";

// One host that opens as many connections as it can keeps nobody else out.
TEST_F(HttpServerTest, WhenAllAreTakenWhoeverHasMostGivesUpTheOneThatWaitsForLongest) {
  Start({.connections = 4});
  std::vector<int> clients;
  for (const uint32_t host : {1, 2, 2, 2}) {
    clients.push_back(Connect(port(), host));
    EXPECT_THAT(RoundTrip(clients.back(), kStay), HasSubstr("200 OK"));
  }
  EXPECT_THAT(RoundTrip(clients[1], kStay), HasSubstr("200 OK"));
  clients.push_back(Connect(port(), 3));
  EXPECT_THAT(RoundTrip(clients.back(), kStay), HasSubstr("200 OK"));
  EXPECT_EQ(ReadAll(clients[2]), "");
  for (const size_t i : {0, 1, 3, 4}) {
    EXPECT_THAT(RoundTrip(clients[i], kStay), HasSubstr("200 OK")) << i;
  }
  EXPECT_EQ(metrics_.connections_displaced.load(), 1);
  EXPECT_EQ(metrics_.connections_refused.load(), 0);
  for (const int client : clients) close(client);
}

// Whoever sends the beginning of a request and no more waits, too.
TEST_F(HttpServerTest, AConnectionThatNeverSaysAnythingGivesWay) {
  Start({.connections = 1, .request_timeout = absl::Hours(1)});
  const int silent = Connect(port());
  Send(silent, "GET /livez HT");
  EXPECT_THAT(Get(port(), "/livez"), StartsWith("HTTP/1.1 200 OK\r\n"));
  close(silent);
}

TEST_F(HttpServerTest, ConnectionsOfATrustedProxyGiveWayLast) {
  HttpServer::Options options{.connections = 3};
  options.site.proxies =
      *domain::TrustedProxies::Parse("127.0.0.2", domain::TrustedProxies::Header::kXForwardedFor);
  Start(options);
  std::vector<int> clients;
  for (const uint32_t host : {2, 2, 1, 3}) {
    clients.push_back(Connect(port(), host));
    EXPECT_THAT(RoundTrip(clients.back(), kStay), HasSubstr("200 OK"));
  }
  EXPECT_EQ(ReadAll(clients[2]), "");
  for (const size_t i : {0, 1, 3}) {
    EXPECT_THAT(RoundTrip(clients[i], kStay), HasSubstr("200 OK")) << i;
  }
  for (const int client : clients) close(client);
}

TEST_F(HttpServerTest, OneConnectionCarriesManyRequestsAlsoSentAhead) {
  Start();
  const int client = Connect(port());
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    const std::string reply = RoundTrip(client, request);
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(FieldOf(reply, "Connection"), "keep-alive");
  }
  Send(client, request + request + "GET /nothing HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  const std::string replies = ReadAll(client);
  EXPECT_EQ(CountOf(replies, "HTTP/1.1 200 OK"), 2);
  EXPECT_EQ(CountOf(replies, "HTTP/1.1 404 "), 1);
  close(client);
}

TEST_F(HttpServerTest, StopAnswersWhatIsUnderWayAndEndsIdleConnections) {
  std::latch entered(1);
  std::latch leave(1);
  Route slow{"/slow", [&](const Request&) {
               entered.count_down();
               leave.wait();
               return Reply{.body = "done"};
             }};
  slow.lane = Route::Lane::kWorker;
  StartWith({}, {Livez(), slow});
  const int idle = Connect(port());
  EXPECT_THAT(RoundTrip(idle, "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n"), HasSubstr("200 OK"));
  const int busy = Connect(port());
  Send(busy, "GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  entered.wait();
  std::thread stopper([&] { server_->Stop(); });
  EXPECT_EQ(ReadAll(idle), "");  // ended by the server
  close(idle);
  leave.count_down();
  EXPECT_THAT(ReadAll(busy), HasSubstr("done"));
  close(busy);
  stopper.join();
  EXPECT_EQ(metrics_.connections.load(), 0);
}

TEST_F(HttpServerTest, StopClosesWhatDoesNotEndByItself) {
  Start({.request_timeout = absl::Hours(1), .stop_timeout = absl::Milliseconds(50)});
  const int client = Connect(port());
  EXPECT_THAT(RoundTrip(client, kStay), HasSubstr("200 OK"));
  Send(client, "GET /livez HTTP/1.1\r\n");
  const int other = Connect(port());
  EXPECT_THAT(RoundTrip(other,
                        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n"
                        "Expect: 100-continue\r\n\r\n"),
              StartsWith("HTTP/1.1 100 "));
  server_->Stop();
  EXPECT_EQ(ReadAll(client), "");
  EXPECT_EQ(ReadAll(other), "");
  EXPECT_EQ(metrics_.connections.load(), 0);
  close(client);
  close(other);
}

TEST_F(HttpServerTest, AnIdleConnectionIsEndedInTime) {
  Start({.idle_timeout = absl::Milliseconds(30)});
  const int client = Connect(port());
  EXPECT_THAT(RoundTrip(client, "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n"), HasSubstr("200 OK"));
  EXPECT_EQ(ReadAll(client), "");
  close(client);
}

TEST_F(HttpServerTest, AnAddressInUseIsAnErrorThatNamesIt) {
  Start();
  observe::HttpMetrics metrics;
  const auto second =
      HttpServer::Start({.host = "127.0.0.1", .port = port()}, {}, {clock_, logger_, metrics});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(absl::StrCat(":", port())));
}

}  // namespace
}  // namespace signet::http

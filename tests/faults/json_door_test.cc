// a call counts the same, and races the same, whichever port and server it comes by.

#include <algorithm>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

using ::testing::HasSubstr;

// POST of JSON to server `i`.
HttpAnswer Ask(Deployment& deployment, size_t i, const std::string& method, const std::string& json,
               const std::vector<std::string>& fields = {}) {
  return HttpPost(deployment.server(i).http_port(), "/signet.v1." + method, json, fields,
                  "application/json");
}

// The text of a member; tokens have nothing to escape.
std::string Member(const std::string& json, const std::string& name) {
  const std::string begin = absl::StrCat("\"", name, "\":\"");
  const size_t at = json.find(begin);
  if (at == std::string::npos) return "";
  const size_t start = at + begin.size();
  return json.substr(start, json.find('"', start) - start);
}

// one token, presented at once by both ports of both servers, has one successor.
TEST(JsonDoorTest, RefreshesOfOneTokenByBothPortsHaveOneSuccessor) {
  constexpr size_t kEach = 16;
  Deployment both(2);
  both.SignUp("ada@example.com");
  for (int round = 0; round < 10; ++round) {
    v1::RefreshRequest request;
    request.set_refresh_token(both.Login("ada@example.com").tokens().refresh_token());
    const std::string json = absl::StrCat("{\"refreshToken\":\"", request.refresh_token(), "\"}");
    Burst<v1::RefreshResponse> burst(absl::Seconds(60));
    for (size_t i = 0; i < kEach; ++i) {
      burst.Add(both.client(i % 2).tokens(), &v1::TokenService::Stub::PrepareAsyncRefresh, request);
    }
    std::vector<HttpAnswer> answers(kEach);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kEach; ++i) {
      threads.emplace_back([&, i] { answers[i] = Ask(both, i % 2, "TokenService/Refresh", json); });
    }
    burst.Send();
    for (std::thread& thread : threads) thread.join();
    std::set<std::string> successors;
    int rotated = 0;
    for (const auto& reply : burst.Collect()) {
      ASSERT_TRUE(reply.ok()) << ReasonOf(reply.status);
      successors.insert(reply.message.tokens().refresh_token());
      rotated += reply.message.replayed() ? 0 : 1;
    }
    for (const HttpAnswer& answer : answers) {
      ASSERT_EQ(answer.status, 200) << answer.body;
      successors.insert(Member(answer.body, "refreshToken"));
      rotated += absl::StrContains(answer.body, "\"replayed\":false") ? 1 : 0;
    }
    ASSERT_EQ(successors.size(), 1u);
    ASSERT_EQ(rotated, 1);
  }
  EXPECT_EQ(both.Violations(), "");
}

// one limit over both ports of both servers, by the address that connects: no header gives
// another one.
TEST(JsonDoorTest, BothPortsTakeFromOneLimitWhateverAddressIsMadeUp) {
  Deployment both(2, {{"rates.register", "address 40/24h"}});
  int heard = 0;
  HttpAnswer last;
  for (int i = 0; i < 120; ++i) {
    const std::string email = absl::StrCat("person", i, "@example.com");
    const size_t server = static_cast<size_t>(i) / 2 % 2;
    if (i % 2 == 0) {
      v1::RegisterRequest request;
      request.set_email(email);
      request.set_password("short");
      v1::RegisterResponse response;
      grpc::ClientContext context;
      context.AddMetadata("x-forwarded-for", absl::StrCat("203.0.113.", i));
      const grpc::Status status = both.client(server).auth().Register(&context, request, &response);
      heard += ReasonOf(status) == "FIELD_INVALID" ? 1 : 0;
      continue;
    }
    last = Ask(both, server, "AuthService/Register",
               absl::StrCat("{\"email\":\"", email, "\",\"password\":\"short\"}"),
               {absl::StrCat("X-Forwarded-For: 203.0.113.", i),
                absl::StrCat("Forwarded: for=203.0.113.", i)});
    heard += absl::StrContains(last.body, "FIELD_INVALID") ? 1 : 0;
  }
  EXPECT_GE(heard, 36);
  EXPECT_LE(heard, 44);
  EXPECT_EQ(last.status, 429);
  EXPECT_THAT(last.body, HasSubstr("RATE_LIMITED"));
  EXPECT_NE(last.fields["retry-after"], "");
}

// what had come when SIGTERM came is answered.
TEST(JsonDoorTest, EveryCallThatHadArrivedIsAnswered) {
  constexpr size_t kLogins = 12;
  Deployment one(1, {{"hashing.threads", "1"}, {"limits.drain_timeout", "30s"}});
  one.SignUp("ada@example.com");
  const auto started = [&] {
    return MetricSum(one.server(0).http_port(), "grpc_server_started_total",
                     "grpc_method=\"Login\"");
  };
  const double before = started();
  const std::string json =
      absl::StrCat("{\"email\":\"ada@example.com\",\"password\":\"", kPassword, "\"}");
  std::vector<HttpAnswer> answers(kLogins);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kLogins; ++i) {
    threads.emplace_back([&, i] { answers[i] = Ask(one, 0, "AuthService/Login", json); });
  }
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return started() >= before + kLogins; }));
  EXPECT_EQ(one.server(0).Terminate(), 0);
  for (std::thread& thread : threads) thread.join();
  for (const HttpAnswer& answer : answers) EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(one.Number("SELECT count(*) FROM signet.sessions"), 1 + static_cast<int64_t>(kLogins));
}

}  // namespace
}  // namespace signet::tests

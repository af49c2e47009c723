// SIGTERM under load. Health goes down first, what is in flight is answered, nothing that
// was acknowledged is lost, and the other server carries on.

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

using Health = Client::Health;

// What a call meets that reaches a server while it shuts down: gRPC ends it before the service sees
// it, as UNAVAILABLE or, where it was already read from the connection, as CANCELLED.
bool TurnedAway(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         (status.error_code() == grpc::StatusCode::CANCELLED && ReasonOf(status).empty());
}

class ShutdownTest : public testing::Test {
 protected:
  // RPCs of a method that server 0 has taken on so far.
  double Started(const std::string& method) {
    return MetricSum(both_.server(0).http_port(), "grpc_server_started_total",
                     absl::StrCat("grpc_method=\"", method, "\""));
  }

  Deployment both_{2, {{"hashing.threads", "1"}, {"limits.drain_timeout", "30s"}}};
  const v1::LoginResponse first_ = both_.SignUp("ada@example.com");
};

TEST_F(ShutdownTest, EveryCallThatHadArrivedIsAnswered) {
  constexpr int kLogins = 24;
  v1::LoginRequest request;
  request.set_email("ada@example.com");
  request.set_password(kPassword);
  request.set_client_id("tests");
  Burst<v1::LoginResponse> burst;
  for (int i = 0; i < kLogins; ++i) {
    burst.Add(both_.client(0).auth(), &v1::AuthService::Stub::PrepareAsyncLogin, request);
  }
  const double before = Started("Login");
  burst.Send();
  ASSERT_TRUE(Eventually(absl::Seconds(20), [&] { return Started("Login") == before + kLogins; }));
  EXPECT_EQ(both_.server(0).Terminate(), 0);

  for (const auto& reply : burst.Collect()) {
    ASSERT_TRUE(reply.ok()) << ReasonOf(reply.status) << " " << reply.status.error_message();
    EXPECT_TRUE(both_.client(1).Refresh(reply.message.tokens().refresh_token()).ok());
  }
  EXPECT_EQ(both_.Violations(), "");
}

TEST_F(ShutdownTest, HealthGoesDownBeforeTheServer) {
  std::atomic<bool> serving{false};
  std::atomic<bool> told_down{false};
  std::thread watcher([&] {
    both_.client(0).WatchHealth("signet.v1.TokenService", [&](Health health) {
      serving = serving || health == Health::kServing;
      told_down = health == Health::kNotServing;
    });
  });
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return serving.load(); }));
  const absl::Time start = absl::Now();
  EXPECT_EQ(both_.server(0).Terminate(), 0);
  watcher.join();
  EXPECT_TRUE(told_down);
  EXPECT_LT(absl::Now() - start, absl::Seconds(15)) << "a watcher of health holds up the drain";
}

TEST_F(ShutdownTest, UnderLoadNothingAcknowledgedIsLostAndTheOtherServerCarriesOn) {
  constexpr int kClients = 6;
  std::vector<std::string> tokens;
  for (int i = 0; i < kClients; ++i) {
    tokens.push_back(both_.Login("ada@example.com").tokens().refresh_token());
  }
  std::atomic<bool> stop{false};
  std::atomic<int> refreshed{0};
  std::atomic<int> replayed{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] {
      while (!stop) {
        const auto reply = both_.client(i % 2).Refresh(tokens[i]);
        if (reply.ok()) {
          tokens[i] = reply.message.tokens().refresh_token();
          replayed += reply.message.replayed() ? 1 : 0;
          ++refreshed;
        } else if (i % 2 == 1 || !TurnedAway(reply.status)) {
          ADD_FAILURE() << i << ": " << reply.status.error_code() << " " << ReasonOf(reply.status);
          return;
        }
      }
    });
  }
  std::thread bystander([&] {
    while (!stop) {
      const auto reply = both_.client(1).Validate(first_.tokens().access_token());
      if (!reply.ok() || !reply.message.active()) ADD_FAILURE() << ReasonOf(reply.status);
    }
  });
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return refreshed > 50; }));
  EXPECT_EQ(both_.server(0).Terminate(), 0);
  const int alone = refreshed;
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return refreshed > alone + 50; }));
  both_.server(0).Start();
  const int after = refreshed;
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return refreshed > after + 50; }));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  bystander.join();

  EXPECT_EQ(replayed, 0) << "a call that was refused had not run";
  for (const std::string& token : tokens) {
    const auto reply = both_.client(1).Refresh(token);
    ASSERT_TRUE(reply.ok()) << ReasonOf(reply.status);
    EXPECT_FALSE(reply.message.replayed()) << "every answer had arrived";
  }
  EXPECT_EQ(both_.Number("SELECT last FROM signet.revocation_head"), 0);
  EXPECT_EQ(both_.Violations(), "");
}

}  // namespace
}  // namespace signet::tests

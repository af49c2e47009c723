// PostgreSQL goes away and comes back while refreshes and validations run.

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"
#include "tests/faults/deployment.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

using Health = Client::Health;
constexpr char kAuth[] = "signet.v1.AuthService";
constexpr char kTokens[] = "signet.v1.TokenService";

class PostgresRestartTest : public testing::Test {
 protected:
  PostgresRestartTest() {
    for (int i = 0; i < kRefreshers; ++i) {
      logins_.push_back(i == 0 ? one_.SignUp("ada@example.com") : one_.Login("ada@example.com"));
      tokens_.push_back(logins_.back().tokens().refresh_token());
    }
    idle_token_ = one_.Login("ada@example.com").tokens().refresh_token();
  }
  ~PostgresRestartTest() override { StopLoad(); }

  void StartLoad() {
    for (size_t i = 0; i < kRefreshers; ++i)
      threads_.emplace_back([this, i] { KeepRefreshing(i); });
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { KeepValidating(); });
  }
  void StopLoad() {
    if (!stop_.HasBeenNotified()) stop_.Notify();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // Honours the time to retry, as a client should.
  void KeepRefreshing(size_t i) {
    Client client(one_.server(0).grpc_address());
    while (!stop_.HasBeenNotified()) {
      const auto reply = client.Refresh(tokens_[i]);
      if (reply.ok()) {
        tokens_[i] = reply.message.tokens().refresh_token();
        ++refreshed_;
        continue;
      }
      const auto retry_after = RetryAfterOf(reply.status);
      if (reply.status.error_code() != grpc::StatusCode::UNAVAILABLE || !retry_after) {
        ADD_FAILURE() << reply.status.error_code() << " " << ReasonOf(reply.status);
        return;
      }
      stop_.WaitForNotificationWithTimeout(*retry_after);
    }
  }

  void KeepValidating() {
    Client client(one_.server(0).grpc_address());
    while (!stop_.HasBeenNotified()) {
      const auto reply = client.Validate(logins_[0].tokens().access_token());
      if (!reply.ok() || !reply.message.active()) {
        ADD_FAILURE() << reply.status.error_code() << " reason " << reply.message.reason();
        return;
      }
      ++validated_;
    }
  }

  absl::Time AsOf() {
    const auto reply = one_.client(0).Validate(logins_[0].tokens().access_token());
    EXPECT_TRUE(reply.ok());
    return TimeOf(reply.message.revocation_as_of());
  }

  void ExpectRefusedAtOnce(const char* what, const grpc::Status& status, absl::Duration took) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << what;
    EXPECT_EQ(ReasonOf(status), "STORAGE_UNAVAILABLE") << what;
    EXPECT_TRUE(RetryAfterOf(status).has_value()) << what;
    EXPECT_LT(took, absl::Seconds(1)) << what;
  }

  // What holds while there is no database.
  void ExpectOutage() {
    Client& client = one_.client(0);
    EXPECT_TRUE(Eventually(absl::Seconds(20),
                           [&] { return client.CheckHealth(kAuth) == Health::kNotServing; }));
    EXPECT_EQ(client.CheckHealth(kTokens), Health::kServing);
    EXPECT_EQ(client.CheckHealth(""), Health::kServing);
    const absl::Time as_of = AsOf();
    const int validated = validated_;
    for (int i = 0; i < 10; ++i) {
      const auto refresh = client.Refresh(idle_token_);
      ExpectRefusedAtOnce("Refresh", refresh.status, refresh.took);
      const auto login = client.Login("ada@example.com", kPassword);
      ExpectRefusedAtOnce("Login", login.status, login.took);
      const auto logout = client.Logout(logins_[0].tokens().access_token());
      ExpectRefusedAtOnce("Logout", logout.status, logout.took);
    }
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return validated_ > validated + 20; }));
    EXPECT_EQ(AsOf(), as_of) << "nothing was heard, so nothing is known better";
    EXPECT_GT(Metric(one_.server(0).http_port(), "signet_revocation_as_of_age_seconds"), 0);
  }

  // What comes back by itself.
  void ExpectRecovery(absl::Time as_of_in_outage) {
    Client& client = one_.client(0);
    EXPECT_TRUE(Eventually(absl::Seconds(20),
                           [&] { return client.CheckHealth(kAuth) == Health::kServing; }));
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return AsOf() > as_of_in_outage; }));
    const int refreshed = refreshed_;
    EXPECT_TRUE(
        Eventually(absl::Seconds(20), [&] { return refreshed_ > refreshed + 2 * kRefreshers; }));
    EXPECT_TRUE(client.Login("ada@example.com", kPassword).ok());
  }

  static constexpr int kRefreshers = 4;
  Deployment one_{1, {{"database.lease_timeout", "1s"}, {"revocation.poll", "100ms"}}};
  std::vector<v1::LoginResponse> logins_;
  std::vector<std::string> tokens_;  // the newest acknowledged one of each refresher
  std::string idle_token_;           // live, and used by none of them
  absl::Notification stop_;
  std::atomic<int> refreshed_{0};
  std::atomic<int> validated_{0};
  std::vector<std::thread> threads_;
};

TEST_F(PostgresRestartTest, ValidationGoesOnTheRestSaysWhenToRetryAndAllComesBack) {
  StartLoad();
  for (int round = 0; round < 4; ++round) {
    EXPECT_TRUE(round % 2 == 0 ? Cluster().Crash().ok() : Cluster().Stop().ok());
    const absl::Time as_of = AsOf();
    ExpectOutage();
    ASSERT_TRUE(Cluster().Restart().ok());
    ExpectRecovery(as_of);
  }
  StopLoad();

  // No lost acknowledged write: each newest token is the live leaf, or its parent (the answer to
  // the last rotation was lost), and leads on.
  for (size_t i = 0; i < kRefreshers; ++i) {
    const auto reply = one_.client(0).Refresh(tokens_[i]);
    ASSERT_TRUE(reply.ok()) << ReasonOf(reply.status);
    EXPECT_EQ(GenerationOf(reply.message.tokens().refresh_token()), GenerationOf(tokens_[i]) + 1);
  }
  EXPECT_EQ(one_.Number("SELECT last FROM signet.revocation_head"), 0);
  EXPECT_EQ(one_.Violations(), "");
}

TEST_F(PostgresRestartTest, AServerStartedWithoutADatabaseServesAsSoonAsThereIsOne) {
  ASSERT_TRUE(Cluster().Stop().ok());
  one_.server(0).Kill();
  one_.server(0).Launch();
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] {
    return HttpGet(one_.server(0).http_port(), "/livez").status == 200;
  }));
  EXPECT_EQ(HttpGet(one_.server(0).http_port(), "/readyz").status, 503);
  ASSERT_TRUE(Cluster().Restart().ok());
  ASSERT_TRUE(one_.server(0).AwaitServing());
  // Another connection: the old one may not have noticed yet that its server is gone.
  const auto reply = Client(one_.server(0).grpc_address()).Refresh(idle_token_);
  EXPECT_TRUE(reply.ok()) << ReasonOf(reply.status) << " " << reply.status.error_message();
}

}  // namespace
}  // namespace signet::tests

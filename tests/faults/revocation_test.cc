// what one server process revokes, the other refuses: in order, within a second, none
// missed.

#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

constexpr absl::Duration kPromise = absl::Seconds(1);

class RevocationTest : public testing::Test {
 protected:
  v1::InactiveReason Judged(size_t server, const std::string& token) {
    const auto reply = both_.client(server).Validate(token);
    EXPECT_TRUE(reply.ok()) << reply.status.error_message();
    EXPECT_EQ(reply.message.active(), reply.message.reason() == v1::INACTIVE_REASON_UNSPECIFIED);
    return reply.message.reason();
  }

  // Known good to a server's cache, so that what refuses it afterwards is revocation.
  void ExpectActive(const std::string& token) {
    for (size_t server : {0, 1}) {
      ASSERT_TRUE(Eventually(absl::Seconds(20), [&] {
        return Judged(server, token) == v1::INACTIVE_REASON_UNSPECIFIED;
      }));
    }
  }

  // The revoke was answered just now.
  void ExpectRefusedByTheOther(const std::string& token,
                               const std::set<v1::InactiveReason>& reasons) {
    const absl::Time answered = absl::Now();
    EXPECT_TRUE(Eventually(kPromise, [&] {
      return Judged(1, token) != v1::INACTIVE_REASON_UNSPECIFIED;
    })) << "a second after the revoke";
    RecordProperty("refused_after_us",
                   static_cast<int>(absl::ToInt64Microseconds(absl::Now() - answered)));
    // Order: whoever has read up to the head of the log refuses, from then on.
    EXPECT_TRUE(CaughtUp(1));
    for (int i = 0; i < 50; ++i) EXPECT_EQ(reasons.count(Judged(1, token)), 1u);
    EXPECT_EQ(reasons.count(Judged(0, token)), 1u);
  }

  int64_t Sequence(size_t server) {
    return static_cast<int64_t>(
        Metric(both_.server(server).http_port(), "signet_revocation_sequence"));
  }

  bool CaughtUp(size_t server) {
    const int64_t head = both_.Number("SELECT last FROM signet.revocation_head");
    return Eventually(absl::Seconds(20), [&] { return Sequence(server) >= head; });
  }

  // Access tokens of one session, `count` of them.
  std::vector<std::string> AccessTokens(int count) {
    std::vector<std::string> tokens;
    std::string refresh = both_.Login("ada@example.com").tokens().refresh_token();
    for (int i = 0; i < count; ++i) {
      const auto reply = both_.client(static_cast<size_t>(i) % 2).Refresh(refresh);
      EXPECT_TRUE(reply.ok()) << ReasonOf(reply.status);
      refresh = reply.message.tokens().refresh_token();
      tokens.push_back(reply.message.tokens().access_token());
    }
    return tokens;
  }

  // An administrator's call, which succeeds.
  template <typename Request, typename Response>
  Response Call(grpc::Status (v1::AccessService::Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                const Request& request, size_t server, const std::string& bearer) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + bearer);
    Response response;
    EXPECT_EQ(ReasonOf((both_.client(server).access().*method)(&context, request, &response)), "");
    return response;
  }

  Deployment both_{2};
  const v1::LoginResponse first_ = both_.SignUp("ada@example.com");
};

TEST_F(RevocationTest, AnAccessToken) {
  const std::string& token = first_.tokens().access_token();
  ExpectActive(token);
  ASSERT_TRUE(both_.client(0).Revoke(token).ok());
  ExpectRefusedByTheOther(token, {v1::INACTIVE_REASON_REVOKED_TOKEN});
  EXPECT_GE(Metric(both_.server(1).http_port(), "signet_revocation_lag_seconds_count"), 1);
  // The session lives on.
  EXPECT_TRUE(both_.client(1).Refresh(first_.tokens().refresh_token()).ok());
}

TEST_F(RevocationTest, ASessionByLogout) {
  const std::string& token = first_.tokens().access_token();
  const auto other = both_.Login("ada@example.com", 1);
  ExpectActive(token);
  ASSERT_TRUE(both_.client(0).Logout(token).ok());
  ExpectRefusedByTheOther(token, {v1::INACTIVE_REASON_REVOKED_SESSION});
  EXPECT_EQ(ReasonOf(both_.client(1).Refresh(first_.tokens().refresh_token()).status),
            "SESSION_ENDED");
  ExpectActive(other.tokens().access_token());
}

TEST_F(RevocationTest, ASessionThatItsOwnerTerminates) {
  const std::string& token = first_.tokens().access_token();
  const auto other = both_.Login("ada@example.com", 1);
  ExpectActive(token);
  ASSERT_TRUE(
      both_.client(0).TerminateSession(other.tokens().access_token(), first_.session_id()).ok());
  ExpectRefusedByTheOther(token, {v1::INACTIVE_REASON_REVOKED_SESSION});
}

TEST_F(RevocationTest, ASessionWhoseRefreshTokenWasStolen) {
  const std::string& root = first_.tokens().refresh_token();
  ExpectActive(first_.tokens().access_token());
  const auto owner = both_.client(0).Refresh(root);
  ASSERT_TRUE(both_.client(1).Refresh(owner.message.tokens().refresh_token()).ok());
  EXPECT_EQ(ReasonOf(both_.client(0).Refresh(root).status), "REFRESH_TOKEN_REUSED");
  ExpectRefusedByTheOther(first_.tokens().access_token(), {v1::INACTIVE_REASON_REVOKED_SESSION});
}

TEST_F(RevocationTest, EverySessionOfAUser) {
  const auto other = both_.Login("ada@example.com", 1);
  ExpectActive(first_.tokens().access_token());
  ExpectActive(other.tokens().access_token());
  const auto reply = both_.client(0).LogoutAll(first_.tokens().access_token());
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.message.ended_sessions(), 2);
  ExpectRefusedByTheOther(other.tokens().access_token(), {v1::INACTIVE_REASON_REVOKED_USER});
  ExpectRefusedByTheOther(first_.tokens().access_token(), {v1::INACTIVE_REASON_REVOKED_USER});
  // Whoever logs in right afterwards is in, everywhere.
  ExpectActive(both_.Login("ada@example.com", 1).tokens().access_token());
}

// what one process revokes gets no token from the other, and its tokens are refused there.
TEST_F(RevocationTest, EveryTokenOfAnApiKey) {
  const std::string bearer = both_.Administrator().tokens().access_token();
  v1::CreateServiceAccountRequest account;
  account.mutable_service_account()->set_name("billing");
  const auto made = Call(&v1::AccessService::Stub::CreateServiceAccount, account, 0, bearer);
  v1::CreateApiKeyRequest create;
  create.set_service_account_id(made.service_account().service_account_id());
  create.mutable_api_key()->set_name("night run");
  const auto key = Call(&v1::AccessService::Stub::CreateApiKey, create, 0, bearer);
  v1::IssueServiceTokenRequest issue;
  issue.set_api_key(key.secret());
  v1::IssueServiceTokenResponse issued;
  grpc::ClientContext first;
  ASSERT_TRUE(both_.client(1).tokens().IssueServiceToken(&first, issue, &issued).ok());
  ExpectActive(issued.access_token());

  v1::RevokeApiKeyRequest revoke;
  revoke.set_api_key_id(key.api_key().api_key_id());
  Call(&v1::AccessService::Stub::RevokeApiKey, revoke, 0, bearer);
  ExpectRefusedByTheOther(issued.access_token(), {v1::INACTIVE_REASON_REVOKED_USER});
  grpc::ClientContext second;
  EXPECT_EQ(ReasonOf(both_.client(1).tokens().IssueServiceToken(&second, issue, &issued)),
            "CREDENTIALS_INVALID");
}

// the session goes on without the role.
TEST_F(RevocationTest, EveryTokenThatSaysARoleThatWasTakenAway) {
  const auto admin = both_.Administrator();
  const std::string& bearer = admin.tokens().access_token();
  const std::string& user = first_.user_id();
  ASSERT_EQ(ReasonOf(both_.client(0).GrantRole(bearer, user, "auditor").status), "");
  const auto with = both_.client(1).Refresh(first_.tokens().refresh_token());
  const std::string& token = with.message.tokens().access_token();
  ExpectActive(token);
  EXPECT_EQ(both_.client(1).Validate(token).message.claims().roles_size(), 1);
  ASSERT_EQ(ReasonOf(both_.client(0).RevokeGrant(bearer, user, "auditor").status), "");
  ExpectRefusedByTheOther(token, {v1::INACTIVE_REASON_REVOKED_USER});

  const auto without = both_.client(1).Refresh(with.message.tokens().refresh_token());
  ASSERT_TRUE(without.ok()) << ReasonOf(without.status);
  ExpectActive(without.message.tokens().access_token());
  const auto judged = both_.client(0).Validate(without.message.tokens().access_token());
  EXPECT_EQ(judged.message.claims().roles_size(), 0);
  EXPECT_EQ(judged.message.claims().permissions_size(), 0);
}

TEST_F(RevocationTest, EveryTokenOfATaintedKey) {
  const auto admin = both_.Administrator();
  const std::string& token = first_.tokens().access_token();
  ExpectActive(token);
  const auto keys = both_.client(0).ListKeys(admin.tokens().access_token());
  ASSERT_TRUE(keys.ok()) << ReasonOf(keys.status);
  std::string active;
  for (const auto& key : keys.message.keys()) {
    if (key.state() == v1::KEY_STATE_ACTIVE) active = key.kid();
  }
  const auto tainted = both_.client(0).TaintKey(admin.tokens().access_token(), active);
  ASSERT_TRUE(tainted.ok()) << ReasonOf(tainted.status);
  // Whichever arrives first: the key set without the key, or its revocation.
  ExpectRefusedByTheOther(token,
                          {v1::INACTIVE_REASON_KEY_UNKNOWN, v1::INACTIVE_REASON_REVOKED_KEY});
  // Another key signs already, and both know it.
  for (size_t server : {0, 1}) {
    ExpectActive(both_.Login("ada@example.com", server).tokens().access_token());
  }
}

TEST_F(RevocationTest, ManyAtOnceOnBothServersLeaveNoGapAndNoneIsMissed) {
  constexpr size_t kThreads = 8;
  constexpr size_t kEach = 25;
  const std::vector<std::string> tokens = AccessTokens(kThreads * kEach);
  const std::string spared = both_.Login("ada@example.com").tokens().access_token();
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i < tokens.size(); i += kThreads) {
        if (!both_.client(i / kThreads % 2).Revoke(tokens[i]).ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);

  constexpr int64_t kAll = kThreads * kEach;
  EXPECT_EQ(both_.Number("SELECT last FROM signet.revocation_head"), kAll);
  EXPECT_EQ(both_.Number("SELECT count(DISTINCT subject) FROM signet.revocation_log"), kAll);
  EXPECT_EQ(both_.Violations(), "");
  for (size_t server : {0, 1}) {
    EXPECT_TRUE(CaughtUp(server));
    for (const std::string& token : tokens) {
      ASSERT_EQ(Judged(server, token), v1::INACTIVE_REASON_REVOKED_TOKEN);
    }
    EXPECT_EQ(Judged(server, spared), v1::INACTIVE_REASON_UNSPECIFIED);
  }
}

// A lost connection loses its notifications: the log is read by sequence all the same.
TEST_F(RevocationTest, IsSeenThoughTheListeningConnectionIsKilledAgainAndAgain) {
  const std::vector<std::string> tokens = AccessTokens(20);
  std::atomic<bool> stop{false};
  std::atomic<int> killed{0};
  std::thread killer([&] {
    while (!stop) {
      Command command;
      command.arguments = {Cluster().binaries() + "/psql", "-XAtd",
                           both_.database().service_conninfo(), "-c",
                           "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                           " WHERE application_name = 'signetd changes'"
                           " AND datname = current_database()"};
      killed += std::atoi(RunProgram(command).out.c_str());
    }
  });
  for (const std::string& token : tokens) {
    EXPECT_TRUE(both_.client(0).Revoke(token).ok());
    for (size_t server : {0, 1}) {
      EXPECT_TRUE(Eventually(
          kPromise, [&] { return Judged(server, token) == v1::INACTIVE_REASON_REVOKED_TOKEN; }));
    }
  }
  stop = true;
  killer.join();
  EXPECT_GT(killed, 0);
  EXPECT_GT(Metric(both_.server(1).http_port(), "signet_follow_failures_total{source=\"feed\"}"),
            0);
}

}  // namespace
}  // namespace signet::tests

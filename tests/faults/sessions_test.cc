// session tokens over two server processes, with races, and without a database.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/faults/deployment.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

constexpr absl::Duration kSessionPromise = absl::Seconds(1);

class SessionsTest : public testing::Test {
 protected:
  SessionsTest() { login_ = both_.SignUp("ada@example.com"); }

  v1::CreateSessionResponse Created() {
    const auto reply = both_.client(0).CreateSession("ada@example.com", kPassword);
    EXPECT_TRUE(reply.ok()) << ReasonOf(reply.status);
    return reply.message;
  }
  // As if the session had been opened, and used last, two minutes ago.
  void Age(const std::string& session_id) {
    Sql(both_.database(),
        absl::StrCat("UPDATE signet.lineages SET rotated_at = rotated_at - interval '2 minutes',"
                     " recorded_at = recorded_at - interval '2 minutes' WHERE session_id = '",
                     session_id, "'"));
  }
  bool Active(size_t server, const std::string& token) {
    const auto reply = both_.client(server).Validate(token);
    EXPECT_TRUE(reply.ok()) << ReasonOf(reply.status);
    return reply.message.active();
  }
  double Written() {
    double written = 0;
    for (size_t i : {0, 1}) {
      written += Metric(both_.server(i).http_port(), "signet_session_uses_written_total");
    }
    return written;
  }
  void Set(v1::SessionMode mode, int share, const std::string& bearer) {
    v1::SetSessionPolicyRequest request;
    request.mutable_policy()->set_mode(mode);
    request.mutable_policy()->set_share_percent(share);
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + bearer);
    v1::SetSessionPolicyResponse response;
    ASSERT_EQ(ReasonOf(both_.client(0).sessions().SetSessionPolicy(&context, request, &response)),
              "");
  }

  Deployment both_{2, {{"database.lease_timeout", "1s"}, {"revocation.poll", "100ms"}}};
  v1::LoginResponse login_;
};

// two processes that are asked without a pause write a session once in its minute.
TEST_F(SessionsTest, TwoProcessesWriteASessionOnceAMinute) {
  const auto created = Created();
  Age(created.session_id());
  const std::string& token = created.session().session_token();
  absl::Notification stop;
  std::vector<std::thread> asking;
  std::atomic<int> asked{0};
  for (size_t server : {0, 1}) {
    asking.emplace_back([&, server] {
      while (!stop.HasBeenNotified()) {
        EXPECT_TRUE(Active(server, token));
        ++asked;
      }
    });
  }
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return Written() >= 1; }));
  // Both look several times a second whether something is due.
  const int before = asked;
  const double heard =
      Metric(both_.server(1).http_port(),
             "signet_database_statements_total{statement=\"read_session_policy\"}");
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] {
    return Metric(both_.server(1).http_port(),
                  "signet_database_statements_total{statement=\"read_session_policy\"}") >
           heard + 8;
  }));
  stop.Notify();
  for (std::thread& thread : asking) thread.join();
  EXPECT_GT(asked, before + 8);
  EXPECT_EQ(Written(), 1) << "for " << asked << " uses";
}

// ended on one, refused by the other, within the second of every revocation.
TEST_F(SessionsTest, EndedOnOneItIsRefusedByTheOther) {
  for (int round = 0; round < 5; ++round) {
    const auto created = Created();
    const std::string& token = created.session().session_token();
    ASSERT_TRUE(Active(0, token));
    ASSERT_TRUE(Active(1, token));
    ASSERT_TRUE(both_.client(0)
                    .TerminateSession(login_.tokens().access_token(), created.session_id())
                    .ok());
    EXPECT_TRUE(Eventually(kSessionPromise, [&] { return !Active(1, token); }));
    EXPECT_FALSE(Active(1, token)) << "and for good";
    EXPECT_TRUE(Eventually(kSessionPromise, [&] { return !Active(0, token); }));
  }
}

// Uses that are written while a session is ended do not bring it back.
TEST_F(SessionsTest, ExtendingAndEndingAtOnceLeavesItEnded) {
  for (int round = 0; round < 20; ++round) {
    const auto created = Created();
    Age(created.session_id());
    const std::string& token = created.session().session_token();
    absl::Notification stop;
    std::vector<std::thread> extending;
    for (size_t server : {0, 1}) {
      extending.emplace_back([&, server] {
        v1::ExtendSessionRequest request;
        request.set_session_token(token);
        while (!stop.HasBeenNotified()) {
          grpc::ClientContext context;
          v1::ExtendSessionResponse response;
          EXPECT_TRUE(
              both_.client(server).sessions().ExtendSession(&context, request, &response).ok());
        }
      });
    }
    ASSERT_TRUE(both_.client(0).Revoke(token).ok());
    for (size_t server : {0, 1}) {
      EXPECT_TRUE(Eventually(kSessionPromise, [&] { return !Active(server, token); }));
    }
    stop.Notify();
    for (std::thread& thread : extending) thread.join();
    for (size_t server : {0, 1}) EXPECT_FALSE(Active(server, token));
  }
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.lineages AS l JOIN signet.sessions AS s"
                         "  ON s.user_id = l.user_id AND s.id = l.session_id"
                         " WHERE s.kind = 2 AND l.end_reason IS NULL"),
            0);
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.lineages AS l JOIN signet.sessions AS s"
                         "  ON s.user_id = l.user_id AND s.id = l.session_id"
                         " WHERE s.kind = 2 AND l.rotated_at > s.ended_at + interval '1 second'"),
            0);
  EXPECT_EQ(both_.Violations(), "");
}

// switched on one, in force on the other, without a restart.
TEST_F(SessionsTest, APolicyIsInForceEverywhereWithinASecond) {
  const std::string bearer = both_.Administrator().tokens().access_token();
  const std::string token = Created().session().session_token();
  ASSERT_TRUE(Active(1, token));
  Set(v1::SESSION_MODE_OFF, 100, bearer);
  EXPECT_FALSE(Active(0, token)) << "at once where it was said";
  EXPECT_TRUE(Eventually(kSessionPromise, [&] { return !Active(1, token); }));
  Set(v1::SESSION_MODE_ON, 0, bearer);
  EXPECT_TRUE(Eventually(kSessionPromise, [&] { return Active(1, token); }));
}

// without the database access tokens go on, and sessions that were asked about lately; of
// others nothing is said, least of all that they are over.
TEST_F(SessionsTest, WithoutTheDatabaseWhatIsAtHandGoesOn) {
  const std::string known = Created().session().session_token();
  const std::string unknown = Created().session().session_token();
  ASSERT_TRUE(Active(0, known));
  ASSERT_TRUE(Cluster().Stop().ok());
  EXPECT_TRUE(Active(0, login_.tokens().access_token()));
  EXPECT_TRUE(Active(0, known));
  const auto refused = both_.client(0).Validate(unknown);
  EXPECT_EQ(ReasonOf(refused.status), "STORAGE_UNAVAILABLE");
  EXPECT_TRUE(RetryAfterOf(refused.status).has_value());
  v1::ValidateBatchRequest batch;
  batch.set_audience("signet");
  for (const std::string& token : {login_.tokens().access_token(), unknown, known}) {
    batch.add_tokens(token);
  }
  grpc::ClientContext context;
  v1::ValidateBatchResponse response;
  ASSERT_TRUE(both_.client(0).tokens().ValidateBatch(&context, batch, &response).ok());
  EXPECT_TRUE(response.results(0).active());
  EXPECT_EQ(response.results(1).reason(), v1::INACTIVE_REASON_UNAVAILABLE);
  ASSERT_TRUE(Cluster().Restart().ok());
  EXPECT_TRUE(Eventually(absl::Seconds(20),
                         [&] { return both_.client(0).Validate(unknown).message.active(); }));
  EXPECT_TRUE(Eventually(absl::Seconds(20),
                         [&] { return both_.client(1).Validate(known).message.active(); }));
}

// a server that is shut down writes what it knows; the next one goes on from there.
TEST_F(SessionsTest, AShutdownLosesNoUse) {
  const auto created = Created();
  const std::string& token = created.session().session_token();
  const std::string last_use = absl::StrCat(
      "SELECT count(*) FROM signet.lineages WHERE rotated_at > recorded_at - interval '1 hour' AND "
      "rotated_at > (SELECT created_at FROM signet.sessions WHERE id = session_id) AND session_id "
      "= '",
      created.session_id(), "'");
  ASSERT_TRUE(Active(1, token));
  EXPECT_EQ(both_.Number(last_use), 0) << "waits for its minute";
  EXPECT_EQ(both_.server(1).Terminate(), 0);
  EXPECT_EQ(both_.Number(last_use), 1);
}

}  // namespace
}  // namespace signet::tests

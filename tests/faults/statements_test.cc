// what each call costs the database, counted by the database over a real server.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/domain/access/api_key.h"
#include "tests/faults/deployment.h"
#include "tests/harness/authenticator.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

constexpr int kTimes = 20;

class StatementsTest : public testing::Test {
 protected:
  StatementsTest() {
    Sql(one_.database(), "CREATE EXTENSION pg_stat_statements");
    login_ = one_.SignUp("ada@example.com");
  }

  // Statements of the service in this database, but for those of the thread that follows changes:
  // it polls whether calls come or not.
  int64_t Counted() {
    return one_.Number(
        "SELECT coalesce(sum(s.calls), 0) FROM pg_stat_statements AS s"
        "  JOIN pg_database AS d ON d.oid = s.dbid AND d.datname = current_database()"
        " WHERE s.userid = 'signet_service'::regrole AND s.query !~ 'FROM signet.revocation_head'"
        "   AND s.query !~ 'FROM signet.signing_key_head' AND s.query !~ '^LISTEN'"
        "   AND s.query !~ 'UPDATE signet.api_keys'"
        "   AND s.query !~ 'signet.key_set_verifiers'"
        "   AND s.query !~ 'FROM signet.session_policy'");
  }
  // The same by the server's own metric, for the statements of calls.
  double Told() {
    double sum = 0;
    for (const char* name :
         {"admit_login", "fail_attempt", "find_by_email", "find_by_id", "open_session", "rotate",
          "read_lineage", "record_replay", "end_session", "admit_factor", "read_api_key",
          "append_audit", "release_attempt", "find_session_tokens", "record_session_uses",
          "other"}) {
      sum += MetricSum(one_.server(0).http_port(), "signet_database_statements_total",
                       absl::StrCat("statement=\"", name, "\""));
    }
    return sum;
  }

  // `call`, many times; the statements of one.
  template <typename Call>
  void ExpectEachCosts(int64_t statements, Call call) {
    const int64_t counted = Counted();
    const double told = Told();
    for (int i = 0; i < kTimes; ++i) call(i);
    EXPECT_EQ(Counted() - counted, statements * kTimes);
    EXPECT_EQ(Told() - told, static_cast<double>(statements * kTimes));
  }

  // What the server does by itself now and then waits until the test is over.
  Deployment one_{1, {{"audit.seal_interval", "10m"}, {"keys.rotation_check", "1h"}}};
  v1::LoginResponse login_;
};

TEST_F(StatementsTest, AValidationCostsNone) {
  ExpectEachCosts(0, [&](int) {
    EXPECT_TRUE(one_.client(0).Validate(login_.tokens().access_token()).message.active());
  });
}

TEST_F(StatementsTest, ARefreshCostsOne) {
  std::string token = login_.tokens().refresh_token();
  ExpectEachCosts(1, [&](int) {
    const auto reply = one_.client(0).Refresh(token);
    EXPECT_TRUE(reply.ok()) << ReasonOf(reply.status);
    token = reply.message.tokens().refresh_token();
  });
}

TEST_F(StatementsTest, ALoginCostsTwo) {
  ExpectEachCosts(2, [&](int) { one_.Login("ada@example.com"); });
}

// one for the challenge and its event; then one to count the attempt, and one to use the
// code and open.
TEST_F(StatementsTest, ALoginWithASecondFactorCostsTwoAndTwo) {
  const std::string bearer = login_.tokens().access_token();
  const Authenticator app(one_.client(0).EnrollTotp(bearer).message.secret());
  ASSERT_TRUE(one_.client(0).ConfirmTotp(bearer, app.Code()).ok());
  std::vector<std::string> challenges;
  ExpectEachCosts(2, [&](int) {
    const auto reply = one_.client(0).Login("ada@example.com", kPassword);
    challenges.push_back(reply.message.mfa_challenge().challenge());
  });
  const int64_t before = Counted();
  const auto reply = one_.client(0).CompleteMfa(challenges[0], app.Code(1));
  EXPECT_TRUE(reply.ok()) << ReasonOf(reply.status);
  EXPECT_EQ(Counted() - before, 2);
}

// a wrong password costs what a right one costs.
TEST_F(StatementsTest, AFailedLoginCostsTwo) {
  const int64_t before = Counted();
  EXPECT_FALSE(one_.client(0).Login("ada@example.com", "not the password").ok());
  EXPECT_FALSE(one_.client(0).Login("nobody@example.com", "not the password").ok());
  EXPECT_EQ(Counted() - before, 4);
}

TEST_F(StatementsTest, ALogoutCostsOne) {
  std::vector<std::string> tokens;
  for (int i = 0; i < kTimes; ++i) {
    tokens.push_back(one_.Login("ada@example.com").tokens().access_token());
  }
  ExpectEachCosts(
      1, [&](int i) { EXPECT_TRUE(one_.client(0).Logout(tokens[static_cast<size_t>(i)]).ok()); });
}

// A session token costs a query when it comes here first, and then none; its uses wait for their
// minute.
TEST_F(StatementsTest, ASessionTokenCostsOneAndThenNone) {
  std::vector<std::string> tokens;
  ExpectEachCosts(2, [&](int) {
    const auto reply = one_.client(0).CreateSession("ada@example.com", kPassword);
    EXPECT_TRUE(reply.ok()) << ReasonOf(reply.status);
    tokens.push_back(reply.message.session().session_token());
  });
  const auto judge = [&](int i) {
    EXPECT_TRUE(one_.client(0).Validate(tokens[static_cast<size_t>(i)]).message.active());
  };
  ExpectEachCosts(1, judge);
  ExpectEachCosts(0, judge);
}

// One judges the key, one is the event.
TEST_F(StatementsTest, AServiceTokenCostsTwo) {
  domain::ApiKey key;
  key.key_id = domain::ApiKeyId::New(absl::Now());
  key.secret = base::Secret(std::string(32, 'k'));
  const std::string account = domain::ServiceAccountId::New(absl::Now()).ToString();
  Sql(one_.database(),
      absl::StrCat("INSERT INTO signet.service_accounts"
                   " (id, name, description, created_by, created_at, updated_at) VALUES ('",
                   account, "', 'billing', '', '", account, "', now(), now());",
                   "INSERT INTO signet.api_keys"
                   " (id, service_account_id, name, secret_hash, scopes, created_by, created_at)"
                   " VALUES ('",
                   key.key_id.ToString(), "', '", account, "', '', '\\x",
                   absl::BytesToHexString(key.SecretHash()), "', '{}', '", account, "', now())"));
  ExpectEachCosts(2, [&](int) {
    v1::IssueServiceTokenRequest request;
    request.set_api_key(std::string(key.Encode().reveal()));
    grpc::ClientContext context;
    v1::IssueServiceTokenResponse response;
    EXPECT_TRUE(one_.client(0).tokens().IssueServiceToken(&context, request, &response).ok());
  });
}

}  // namespace
}  // namespace signet::tests

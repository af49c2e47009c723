// what a front end meets when somebody guesses.

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/crypto/digest.h"
#include "tests/contract/service_test.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

class AbuseTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    StartService({{"abuse.delay", "0s"},
                  {"challenge.max_number", "1000"},
                  {"listen.trusted_proxies", "127.0.0.0/8"},
                  {"rates.login", "address 20/24h"}});
  }

  // A login as our proxy passes it on from `address`.
  static Answer<v1::LoginResponse> LoginFrom(const std::string& address, const std::string& email,
                                             const std::string& password,
                                             const std::string& solution = "") {
    v1::LoginRequest request;
    request.set_email(email);
    request.set_password(password);
    request.set_challenge_solution(solution);
    grpc::ClientContext context;
    Prepare({}, context);
    context.AddMetadata("x-forwarded-for", address);
    Answer<v1::LoginResponse> answer;
    answer.status = client().auth().Login(&context, request, &answer.message);
    return answer;
  }

  static std::string Solve(const v1::ProofOfWork& work) {
    for (int64_t number = 0; number <= work.max_number(); ++number) {
      const auto hash = crypto::Sha256(absl::StrCat(work.salt(), number));
      if (absl::BytesToHexString(crypto::DigestView(hash)) != work.challenge()) continue;
      return absl::Base64Escape(absl::StrCat("{\"algorithm\":\"", work.algorithm(),
                                             "\",\"challenge\":\"", work.challenge(),
                                             "\",\"number\":", number, ",\"salt\":\"", work.salt(),
                                             "\",\"signature\":\"", work.signature(), "\"}"));
    }
    return "";
  }
};

// the way through.
TEST_F(AbuseTest, AfterThreeFailuresAChallengeIsSolvedAndTheLoginServed) {
  const std::string email = NewPerson();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Describe(LoginFrom("192.0.2.1", email, "not the password").status),
              "UNAUTHENTICATED CREDENTIALS_INVALID");
  }
  EXPECT_EQ(Describe(LoginFrom("192.0.2.1", email, kPassword).status),
            "FAILED_PRECONDITION CHALLENGE_REQUIRED");
  v1::GetChallengeResponse challenge;
  grpc::ClientContext context;
  Prepare({}, context);
  ASSERT_TRUE(client().auth().GetChallenge(&context, {}, &challenge).ok());
  EXPECT_EQ(challenge.proof_of_work().max_number(), 1000);
  EXPECT_GE(challenge.proof_of_work().expires_in().seconds(), 299);
  const std::string solution = Solve(challenge.proof_of_work());
  EXPECT_EQ(Describe(LoginFrom("192.0.2.1", email, kPassword, solution).status), "OK");
}

// per address as the proxy tells it, whatever the caller says before it.
TEST_F(AbuseTest, AnAddressHasItsLimitAndSpoofingGivesNoOther) {
  const std::string email = NewPerson();
  int through = 0;
  std::string last;
  for (int i = 0; i < 40; ++i) {
    last = Describe(
        LoginFrom(absl::StrCat("203.0.113.", i, ", 198.51.100.1"), email, kPassword).status);
    through += last == "OK" ? 1 : 0;
  }
  EXPECT_GE(through, 18);
  EXPECT_LE(through, 22);
  EXPECT_EQ(last, "RESOURCE_EXHAUSTED RATE_LIMITED +retry");
  EXPECT_EQ(Describe(LoginFrom("198.51.100.2", email, kPassword).status), "OK");
  // IPv6 by /64.
  through = 0;
  for (int i = 0; i < 40; ++i) {
    through += LoginFrom(absl::StrCat("2001:db8::", i + 1), email, kPassword).status.ok() ? 1 : 0;
  }
  EXPECT_LE(through, 22);
  EXPECT_GE(
      tests::Metric(server().http_port(), "signet_rate_limited_total{limit=\"login/address\"}"),
      20);
}

TEST_F(AbuseTest, TheAddressThatIsKeptIsTheCallers) {
  const auto login = LoginFrom("1.1.1.1, 198.51.100.77", NewPerson(), kPassword);
  const auto sessions = client().ListSessions(login.message.tokens().access_token());
  ASSERT_EQ(sessions.message.sessions_size(), 1);
  EXPECT_EQ(sessions.message.sessions(0).address(), "198.51.100.77");
}

//
TEST_F(AbuseTest, SprayingIsCountedOnce) {
  for (int i = 0; i < 25; ++i) {
    LoginFrom(absl::StrCat("192.0.2.", 100 + i / 15), absl::StrCat("leaked", i, "@example.com"),
              "the same for all");
  }
  EXPECT_EQ(tests::Metric(server().http_port(), "signet_threats_total{kind=\"spraying\"}"), 1);
}

}  // namespace
}  // namespace signet::contract

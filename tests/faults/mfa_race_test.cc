// two server processes, one database, and everybody shows the same code at once.

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/authenticator.h"

namespace signet::tests {
namespace {

constexpr int kAtOnce = 64;

class MfaRaceTest : public testing::Test {
 protected:
  MfaRaceTest() {
    const auto login = both_.SignUp("ada@example.com");
    user_ = login.user_id();
    const std::string bearer = login.tokens().access_token();
    app_ = Authenticator(both_.client(0).EnrollTotp(bearer).message.secret());
    const auto confirmed = both_.client(0).ConfirmTotp(bearer, app_.Code());
    EXPECT_TRUE(confirmed.ok()) << ReasonOf(confirmed.status);
    codes_.assign(confirmed.message.recovery_codes().begin(),
                  confirmed.message.recovery_codes().end());
  }

  // As if the codes of the present step had never been used, and nobody had failed.
  void Forget() {
    Sql(both_.database(),
        "UPDATE signet.second_factors SET last_step = 0, failures = 0, refused_until = "
        "'-infinity'");
  }
  std::string Challenge(size_t server) {
    const auto reply = both_.client(server).Login("ada@example.com", kPassword);
    EXPECT_TRUE(reply.message.has_mfa_challenge());
    return reply.message.mfa_challenge().challenge();
  }
  // All at once, the n-th by the client of server n % 2 and with challenge n / 2 % 2.
  std::vector<Reply<v1::CompleteMfaResponse>> CompleteAtOnce(
      const std::vector<std::string>& challenges, const v1::CompleteMfaRequest& shown) {
    Burst<v1::CompleteMfaResponse> burst(absl::Seconds(60));
    for (size_t i = 0; i < kAtOnce; ++i) {
      v1::CompleteMfaRequest request = shown;
      request.set_challenge(challenges[i / 2 % challenges.size()]);
      burst.Add(both_.client(i % 2).auth(), &v1::AuthService::Stub::PrepareAsyncCompleteMfa,
                request);
    }
    burst.Send();
    return burst.Collect();
  }
  int64_t Sessions() {
    return both_.Number(
        absl::StrCat("SELECT count(*) FROM signet.sessions WHERE user_id = '", user_, "'"));
  }
  // How many of them opened a session; every other one was refused for a reason that it may have.
  static int Opened(const std::vector<Reply<v1::CompleteMfaResponse>>& replies) {
    int opened = 0;
    for (const auto& reply : replies) {
      const std::string reason = ReasonOf(reply.status);
      opened += reply.ok() ? 1 : 0;
      EXPECT_TRUE(reply.ok() || reason == "MFA_CODE_INVALID" || reason == "MFA_CHALLENGE_INVALID" ||
                  reason == "RATE_LIMITED")
          << reason << " " << reply.status.error_message();
    }
    return opened;
  }

  Deployment both_{2};
  std::string user_;
  Authenticator app_;
  std::vector<std::string> codes_;
};

TEST_F(MfaRaceTest, OfSixtyFourUsesOfOneCodeOnTwoServersOneOpensASession) {
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    Forget();
    const std::vector<std::string> challenges = {Challenge(0), Challenge(1)};
    const int64_t before = Sessions();
    v1::CompleteMfaRequest shown;
    shown.set_code(app_.Code());
    ASSERT_EQ(Opened(CompleteAtOnce(challenges, shown)), 1) << "round " << round;
    ASSERT_EQ(Sessions() - before, 1) << "round " << round;
  }
  EXPECT_EQ(both_.Violations(), "");
}

TEST_F(MfaRaceTest, EachRecoveryCodeOpensOneSession) {
  for (const std::string& code : codes_) {
    Forget();
    v1::CompleteMfaRequest shown;
    shown.set_recovery_code(code);
    ASSERT_EQ(Opened(CompleteAtOnce({Challenge(0), Challenge(1)}, shown)), 1);
  }
  EXPECT_EQ(both_.Number("SELECT cardinality(recovery_hashes) FROM signet.second_factors"), 0);
}

// The count is committed before anything is compared: no burst gets more than five looks.
TEST_F(MfaRaceTest, OfSixtyFourWrongCodesFiveAreLookedAt) {
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    Forget();
    v1::CompleteMfaRequest shown;
    shown.set_code(app_.WrongCode());
    int looked_at = 0;
    for (const auto& reply : CompleteAtOnce({Challenge(0), Challenge(1)}, shown)) {
      const std::string reason = ReasonOf(reply.status);
      looked_at += reason == "MFA_CODE_INVALID" ? 1 : 0;
      EXPECT_TRUE(reason == "MFA_CODE_INVALID" || reason == "RATE_LIMITED") << reason;
    }
    ASSERT_EQ(looked_at, 5) << "round " << round;
  }
}

}  // namespace
}  // namespace signet::tests

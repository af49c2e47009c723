// two server processes, one database, and everybody shows the same code at once. A code has
// its effect once, with one event in the audit log, and never again.

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/authenticator.h"

namespace signet::tests {
namespace {

const int kMfaRounds = RaceRounds();
constexpr size_t kCodesAtOnce = 64;
constexpr int kCompleteMfaEvent = 200;
constexpr int kConfirmTotpEvent = 203;

class MfaRaceTest : public testing::Test {
 protected:
  MfaRaceTest() {
    const auto login = both_.SignUp("ada@example.com");
    user_ = login.user_id();
    bearer_ = login.tokens().access_token();
    refresh_token_ = login.tokens().refresh_token();
  }

  void Enroll() {
    const auto enrolled = both_.client(0).EnrollTotp(bearer_);
    ASSERT_TRUE(enrolled.ok()) << ReasonOf(enrolled.status);
    app_ = Authenticator(enrolled.message.secret());
  }
  // What the session's next tokens say: that it was opened, or confirmed, by a second factor.
  void TakeNextTokens() {
    const auto next = both_.client(1).Refresh(refresh_token_);
    ASSERT_TRUE(next.ok()) << ReasonOf(next.status);
    bearer_ = next.message.tokens().access_token();
    refresh_token_ = next.message.tokens().refresh_token();
  }
  void EnrollAndConfirm() {
    ASSERT_NO_FATAL_FAILURE(Enroll());
    const auto confirmed = both_.client(0).ConfirmTotp(bearer_, app_.Code());
    ASSERT_TRUE(confirmed.ok()) << ReasonOf(confirmed.status);
    codes_.assign(confirmed.message.recovery_codes().begin(),
                  confirmed.message.recovery_codes().end());
    ASSERT_NO_FATAL_FAILURE(TakeNextTokens());
  }

  // As if nobody had failed; what was used stays used.
  void ForgetFailures() {
    Sql(both_.database(),
        "UPDATE signet.second_factors SET failures = 0, refused_until = '-infinity'");
  }
  std::string Challenge(size_t server) {
    const auto reply = both_.client(server).Login("ada@example.com", kPassword);
    EXPECT_TRUE(reply.message.has_mfa_challenge()) << ReasonOf(reply.status);
    return reply.message.mfa_challenge().challenge();
  }
  static v1::CompleteMfaRequest Code(const std::string& code) {
    v1::CompleteMfaRequest request;
    request.set_code(code);
    return request;
  }
  static v1::CompleteMfaRequest RecoveryCode(const std::string& code) {
    v1::CompleteMfaRequest request;
    request.set_recovery_code(code);
    return request;
  }
  // All at once, the n-th by the client of server n % 2 and with challenge n / 2 % 2.
  std::vector<Reply<v1::CompleteMfaResponse>> CompleteAtOnce(
      const std::vector<std::string>& challenges, const v1::CompleteMfaRequest& shown) {
    Burst<v1::CompleteMfaResponse> burst(absl::Seconds(60));
    for (size_t i = 0; i < kCodesAtOnce; ++i) {
      v1::CompleteMfaRequest request = shown;
      request.set_challenge(challenges[i / 2 % challenges.size()]);
      burst.Add(both_.client(i % 2).auth(), &v1::AuthService::Stub::PrepareAsyncCompleteMfa,
                request);
    }
    burst.Send();
    return burst.Collect();
  }
  // The reason of the answer to one alone.
  std::string Complete(const std::string& challenge, v1::CompleteMfaRequest shown) {
    Burst<v1::CompleteMfaResponse> burst(absl::Seconds(60));
    shown.set_challenge(challenge);
    burst.Add(both_.client(1).auth(), &v1::AuthService::Stub::PrepareAsyncCompleteMfa, shown);
    burst.Send();
    return ReasonOf(burst.Collect()[0].status);
  }
  int64_t Sessions() {
    return both_.Number(
        absl::StrCat("SELECT count(*) FROM signet.sessions WHERE user_id = '", user_, "'"));
  }
  int64_t Successes(int action) {
    return both_.Number(absl::StrCat(
        "SELECT count(*) FROM signet.audit_events WHERE outcome = 1 AND action = ", action));
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
  // The set-up code on both servers at once: confirmed once.
  void ConfirmAtOnce(const std::string& code) {
    constexpr size_t kConfirmations = 16;
    Burst<v1::ConfirmTotpResponse> burst(absl::Seconds(60));
    v1::ConfirmTotpRequest request;
    request.set_code(code);
    for (size_t i = 0; i < kConfirmations; ++i) {
      burst.Add(both_.client(i % 2).auth(), &v1::AuthService::Stub::PrepareAsyncConfirmTotp,
                request, bearer_);
    }
    burst.Send();
    int confirmed = 0;
    for (const auto& reply : burst.Collect()) {
      const std::string reason = ReasonOf(reply.status);
      confirmed += reply.ok() ? 1 : 0;
      ASSERT_TRUE(reply.ok() || reason == "MFA_NOT_ENROLLED" || reason == "CONFLICT")
          << reason << " " << reply.status.error_message();
    }
    ASSERT_EQ(confirmed, 1);
  }

  Deployment both_{2};
  std::string user_;
  std::string bearer_;
  std::string refresh_token_;
  Authenticator app_;
  std::vector<std::string> codes_;
};

// Each round has a fresh authenticator, and two steps that count: that of the set-up code, and the
// next one, which a clock that runs ahead shows already. All three that the servers would look at
// are used up, or before one that is, after it.
TEST_F(MfaRaceTest, AStepCountsOnceOnTwoServersAndNeverAgain) {
  for (int round = 0; round < kMfaRounds; ++round) {
    SCOPED_TRACE(round);
    ASSERT_NO_FATAL_FAILURE(Enroll());
    const std::string before = app_.Code(-1);
    const std::string setup = app_.Code();
    const std::string next = app_.Code(1);
    ASSERT_NO_FATAL_FAILURE(ConfirmAtOnce(setup));
    const std::vector<std::string> challenges = {Challenge(0), Challenge(1)};
    ASSERT_EQ(Complete(challenges[0], Code(setup)), "MFA_CODE_INVALID");
    const int64_t sessions = Sessions();
    ASSERT_EQ(Opened(CompleteAtOnce(challenges, Code(next))), 1);
    ASSERT_EQ(Sessions() - sessions, 1);
    ForgetFailures();
    const std::string challenge = Challenge(0);
    for (const std::string& code : {next, setup, before}) {
      ASSERT_EQ(Complete(challenge, Code(code)), "MFA_CODE_INVALID");
    }
    ASSERT_NO_FATAL_FAILURE(TakeNextTokens());
    const auto disabled = both_.client(0).DisableTotp(bearer_);
    ASSERT_TRUE(disabled.ok()) << ReasonOf(disabled.status);
  }
  EXPECT_EQ(Successes(kConfirmTotpEvent), kMfaRounds);
  EXPECT_EQ(Successes(kCompleteMfaEvent), kMfaRounds);
  EXPECT_EQ(both_.Violations(), "");
}

TEST_F(MfaRaceTest, ARecoveryCodeOpensOneSessionOnTwoServersAndNeverAgain) {
  ASSERT_NO_FATAL_FAILURE(EnrollAndConfirm());
  std::string used = "";
  for (int round = 0; round < kMfaRounds; ++round) {
    SCOPED_TRACE(round);
    if (codes_.empty()) {
      const auto fresh = both_.client(round % 3 == 0 ? 0 : 1).RegenerateRecoveryCodes(bearer_);
      ASSERT_TRUE(fresh.ok()) << ReasonOf(fresh.status);
      codes_.assign(fresh.message.recovery_codes().begin(), fresh.message.recovery_codes().end());
    }
    const std::vector<std::string> challenges = {Challenge(0), Challenge(1)};
    ForgetFailures();
    if (!used.empty()) {
      ASSERT_EQ(Complete(challenges[0], RecoveryCode(used)), "MFA_CODE_INVALID");
    }
    ASSERT_EQ(Opened(CompleteAtOnce(challenges, RecoveryCode(codes_.back()))), 1);
    used = codes_.back();
    codes_.pop_back();
  }
  EXPECT_EQ(both_.Number("SELECT cardinality(recovery_hashes) FROM signet.second_factors"), 0);
  EXPECT_EQ(Sessions(), kMfaRounds + 1);
  EXPECT_EQ(Successes(kCompleteMfaEvent), kMfaRounds);
  EXPECT_EQ(both_.Violations(), "");
}

// The count is committed before anything is compared: no burst gets more than five looks.
TEST_F(MfaRaceTest, OfSixtyFourWrongCodesFiveAreLookedAt) {
  constexpr int kBursts = 20;
  ASSERT_NO_FATAL_FAILURE(EnrollAndConfirm());
  for (int round = 0; round < kBursts; ++round) {
    ForgetFailures();
    const v1::CompleteMfaRequest shown = Code(app_.WrongCode());
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

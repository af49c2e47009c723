// two server processes, one database, and a link from a mail is used by
// everybody at once. It has its effect once, with one event in the audit log; everybody
// else gets the one public answer; what was superseded or used before never has an effect again.

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/mail_folder.h"

namespace signet::tests {
namespace {

using Stub = v1::AuthService::Stub;

const int kRounds = RaceRounds();
constexpr int kVerifyEmailEvent = 100;
constexpr int kResetPasswordEvent = 103;
constexpr int kConfirmEmailChangeEvent = 105;

class EmailTokenRaceTest : public testing::Test {
 protected:
  // All of them at once, the n-th by the client of server n % 2.
  template <typename Response, typename Request, typename Prepare>
  std::vector<Reply<Response>> AtOnce(const std::vector<Request>& requests, Prepare prepare) {
    Burst<Response> burst(absl::Seconds(60));
    for (size_t i = 0; i < requests.size(); ++i) {
      burst.Add(both_.client(i % 2).auth(), prepare, requests[i]);
    }
    burst.Send();
    return burst.Collect();
  }
  std::vector<Reply<v1::ConfirmEmailChangeResponse>> ConfirmChangesAtOnce(
      const std::vector<std::string>& tokens) {
    std::vector<v1::ConfirmEmailChangeRequest> requests;
    for (const std::string& token : tokens) requests.emplace_back().set_token(token);
    return AtOnce<v1::ConfirmEmailChangeResponse>(requests, &Stub::PrepareAsyncConfirmEmailChange);
  }

  // Where in `replies` the OKs are; each other reply is the one public answer.
  template <typename Response>
  static std::vector<size_t> Succeeded(const std::vector<Reply<Response>>& replies) {
    std::vector<size_t> succeeded;
    for (size_t i = 0; i < replies.size(); ++i) {
      if (replies[i].ok()) {
        succeeded.push_back(i);
      } else {
        EXPECT_EQ(ReasonOf(replies[i].status), "EMAIL_TOKEN_INVALID")
            << replies[i].status.error_message();
        EXPECT_EQ(replies[i].status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
      }
    }
    return succeeded;
  }
  int64_t Events(int action, int outcome) {
    return both_.Number(absl::StrCat("SELECT count(*) FROM signet.audit_events WHERE action = ",
                                     action, " AND outcome = ", outcome));
  }
  void RequestChange(const v1::LoginResponse& login, const std::string& to, size_t server) {
    const auto asked =
        both_.client(server).RequestEmailChange(login.tokens().access_token(), to, kPassword);
    ASSERT_TRUE(asked.ok()) << ReasonOf(asked.status);
  }

  static ServerProcess::Settings With(ServerProcess::Settings settings) {
    settings["limits.refusal_time"] = "0s";  // nobody measures here
    return settings;
  }

  const MailFolder mails_{};
  Deployment both_{2, With(mails_.Settings())};
};

// The hashes are made before the token is used up, so that all of them are on their way to that one
// statement at once; each brings another password.
TEST_F(EmailTokenRaceTest, OneResetTokenSetsOnePassword) {
  constexpr size_t kAtOnce = 12;
  const std::string email = "ada@example.com";
  both_.SignUp(email);
  std::string used;
  for (int round = 0; round < kRounds; ++round) {
    std::string superseded;
    std::string live;
    for (std::string* token : {&superseded, &live}) {
      ASSERT_TRUE(both_.client(round % 2).RequestPasswordReset(email).ok());
      *token = mails_.TakeToken("password-reset", email);
      ASSERT_NE(*token, "");
    }
    std::vector<v1::ConfirmPasswordResetRequest> requests;
    for (size_t i = 0; i < kAtOnce; ++i) {
      v1::ConfirmPasswordResetRequest& request = requests.emplace_back();
      request.set_new_password(absl::StrCat(kPassword, "-", round, "-", i));
      request.set_token(i < 4 && !used.empty() ? (i / 2 == 0 ? superseded : used) : live);
    }
    const auto replies =
        AtOnce<v1::ConfirmPasswordResetResponse>(requests, &Stub::PrepareAsyncConfirmPasswordReset);
    const auto winners = Succeeded(replies);
    ASSERT_EQ(winners.size(), 1u) << "round " << round;
    const auto& winner = requests[winners[0]];
    ASSERT_EQ(winner.token(), live) << "round " << round;
    const auto login = both_.client((round + 1) % 2).Login(email, winner.new_password());
    ASSERT_TRUE(login.ok()) << "round " << round << ": " << ReasonOf(login.status);
    used = live;
  }
  EXPECT_EQ(both_.Number("SELECT version FROM signet.password_credentials"), kRounds + 1);
  EXPECT_EQ(Events(kResetPasswordEvent, 1), kRounds);
  EXPECT_EQ(Events(kResetPasswordEvent, 2), int64_t{kRounds} * (kAtOnce - 1));
  EXPECT_TRUE(
      Eventually(absl::Seconds(60), [&] { return mails_.Count("password-changed") >= kRounds; }));
  EXPECT_EQ(mails_.Count("password-changed"), kRounds);
  // Each reset ended the session of the round before, and the first that of the sign-up.
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.sessions WHERE ended_at IS NULL"), 1);
  EXPECT_EQ(both_.Violations(), "");
}

TEST_F(EmailTokenRaceTest, OneVerificationTokenVerifiesOnce) {
  constexpr size_t kAtOnce = 64;
  for (int round = 0; round < kRounds; ++round) {
    const std::string email = absl::StrCat("person", round, "@example.com");
    ASSERT_TRUE(both_.client(round % 2).Register(email, kPassword).ok());
    const std::string superseded = mails_.TakeToken("welcome", email);
    ASSERT_TRUE(both_.client(round % 2).ResendVerification(email).ok());
    const std::string live = mails_.TakeToken("verify-email", email);
    std::vector<v1::VerifyEmailRequest> requests;
    for (size_t i = 0; i < kAtOnce; ++i) {
      requests.emplace_back().set_token(i % 8 < 2 ? superseded : live);
    }
    const auto verified =
        Succeeded(AtOnce<v1::VerifyEmailResponse>(requests, &Stub::PrepareAsyncVerifyEmail));
    ASSERT_EQ(verified.size(), 1u) << "round " << round;
    ASSERT_EQ(requests[verified[0]].token(), live) << "round " << round;
  }
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.users WHERE email_verified_at IS NOT NULL"),
            kRounds);
  EXPECT_EQ(Events(kVerifyEmailEvent, 1), kRounds);
  EXPECT_EQ(Events(kVerifyEmailEvent, 2), int64_t{kRounds} * (kAtOnce - 1));
}

// Both addresses confirm at once: one answer says that the other address is still to do, one that
// the address has changed.
TEST_F(EmailTokenRaceTest, TwoChangeTokensChangeTheAddressOnce) {
  constexpr size_t kAtOnce = 60;
  std::string email = "ada@example.com";
  const auto login = both_.SignUp(email);
  std::string used;
  for (int round = 0; round < kRounds; ++round) {
    const std::string next = absl::StrCat("ada", round, "@example.com");
    ASSERT_NO_FATAL_FAILURE(RequestChange(login, next, round % 2));
    const std::string superseded = mails_.TakeToken("email-change-new", next);
    ASSERT_NE(mails_.TakeToken("email-change-old", email), "");
    ASSERT_NO_FATAL_FAILURE(RequestChange(login, next, round % 2));
    const std::vector<std::string> shown = {mails_.TakeToken("email-change-old", email),
                                            mails_.TakeToken("email-change-new", next), superseded,
                                            used.empty() ? superseded : used};
    std::vector<std::string> tokens;
    for (size_t i = 0; i < kAtOnce; ++i) tokens.push_back(shown[i / 2 % shown.size()]);
    const auto replies = ConfirmChangesAtOnce(tokens);
    std::set<std::string> confirmed;
    int changed = 0;
    const auto succeeded = Succeeded(replies);
    for (const size_t i : succeeded) {
      confirmed.insert(tokens[i]);
      changed += replies[i].message.changed() ? 1 : 0;
    }
    ASSERT_EQ(succeeded.size(), 2u) << "round " << round;
    ASSERT_EQ(confirmed, (std::set<std::string>{shown[0], shown[1]})) << "round " << round;
    ASSERT_EQ(changed, 1) << "round " << round;
    email = next;
    used = shown[1];
  }
  EXPECT_EQ(Sql(both_.database(), "SELECT email FROM signet.users"), email + "\n");
  EXPECT_EQ(Events(kConfirmEmailChangeEvent, 1), 2 * kRounds);
  EXPECT_EQ(Events(kConfirmEmailChangeEvent, 2), int64_t{kRounds} * (kAtOnce - 2));
  EXPECT_TRUE(
      Eventually(absl::Seconds(60), [&] { return mails_.Count("email-changed") >= kRounds; }));
  EXPECT_EQ(mails_.Count("email-changed"), kRounds);
  EXPECT_TRUE(both_.client(0).Validate(login.tokens().access_token()).message.active());
  EXPECT_EQ(both_.Violations(), "");
}

// Two people confirm one free address at once: one of them has it, the other one is told.
TEST_F(EmailTokenRaceTest, OneAddressGoesToOneOfTwoPeople) {
  constexpr size_t kAtOnce = 32;
  std::vector<std::string> addresses = {"ada@example.com", "bob@example.com"};
  const std::vector<v1::LoginResponse> logins = {both_.SignUp(addresses[0]),
                                                 both_.SignUp(addresses[1])};
  for (int round = 0; round < kRounds; ++round) {
    const std::string wanted = absl::StrCat("wanted", round, "@example.com");
    std::vector<std::string> shown;
    for (size_t person = 0; person < 2; ++person) {
      ASSERT_NO_FATAL_FAILURE(RequestChange(logins[person], wanted, person));
      shown.push_back(mails_.TakeToken("email-change-new", wanted));
      const auto half = both_.client(person).ConfirmEmailChange(
          mails_.TakeToken("email-change-old", addresses[person]));
      ASSERT_TRUE(half.ok() && !half.message.changed()) << ReasonOf(half.status);
    }
    std::vector<std::string> tokens;
    for (size_t i = 0; i < kAtOnce; ++i) tokens.push_back(shown[i / 2 % 2]);
    const auto replies = ConfirmChangesAtOnce(tokens);
    int changed = 0;
    int told = 0;
    for (size_t i = 0; i < kAtOnce; ++i) {
      const std::string reason = ReasonOf(replies[i].status);
      if (replies[i].ok()) addresses[tokens[i] == shown[0] ? 0 : 1] = wanted;
      changed += replies[i].ok() && replies[i].message.changed() ? 1 : 0;
      told += reason == "CONFLICT" ? 1 : 0;
      ASSERT_TRUE(replies[i].ok() || reason == "CONFLICT" || reason == "EMAIL_TOKEN_INVALID")
          << reason << " " << replies[i].status.error_message();
    }
    ASSERT_EQ(changed, 1) << "round " << round;
    ASSERT_EQ(told, 1) << "round " << round;
  }
  // Two halves and one change in each.
  EXPECT_EQ(Events(kConfirmEmailChangeEvent, 1), 3 * kRounds);
  EXPECT_EQ(both_.Violations(), "");
}

}  // namespace
}  // namespace signet::tests

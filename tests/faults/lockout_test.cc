// guesses and right passwords, many at once, over two server processes.

#include <map>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/deployment.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

class LockoutTest : public testing::Test {
 protected:
  // `count` logins, the n-th by server n % 2, sent together; how they ended. "" is a success.
  std::map<std::string, int> LoginAtOnce(int count, const std::string& email,
                                         const std::string& password) {
    Burst<v1::LoginResponse> burst(absl::Seconds(60));
    for (int i = 0; i < count; ++i) {
      v1::LoginRequest request;
      request.set_email(email);
      request.set_password(absl::StrCat(password, password == kPassword ? "" : absl::StrCat(i)));
      burst.Add(both_.client(static_cast<size_t>(i) % 2).auth(),
                &v1::AuthService::Stub::PrepareAsyncLogin, request);
    }
    burst.Send();
    std::map<std::string, int> endings;
    for (const auto& reply : burst.Collect()) ++endings[ReasonOf(reply.status)];
    return endings;
  }

  // Passwords that both servers have evaluated.
  double Evaluated() {
    double sum = 0;
    for (size_t i = 0; i < 2; ++i) {
      sum += MetricSum(both_.server(i).http_port(), "signet_hashing_service_seconds_count", "");
    }
    return sum;
  }

  // Without delay and challenges, which would let fewer than five through. Mails stay where they
  // are: nobody listens.
  Deployment both_{2,
                   {{"abuse.delay", "0s"},
                    {"abuse.lock_time", "1h"},
                    {"challenge.kind", "off"},
                    {"limits.refusal_time", "0s"},
                    {"mail.smtp_url", "smtp://127.0.0.1:1"},
                    {"mail.tls", "none"},
                    {"mail.from", "no-reply@example.com"},
                    {"mail.link_base", "https://id.example.com"}}};
};

TEST_F(LockoutTest, SixtyFourGuessesAtOnceEvaluateFive) {
  const int kRounds = RaceRounds();
  for (int round = 0; round < kRounds; ++round) {
    const std::string email = absl::StrCat("ada", round, "@example.com");
    // Every other name belongs to nobody, and is treated alike.
    if (round % 2 == 0) {
      ASSERT_TRUE(both_.client(0).Register(email, kPassword).ok());
      Sql(both_.database(), "UPDATE signet.users SET email_verified_at = now()");
    }
    const double before = Evaluated();
    const auto endings = LoginAtOnce(64, email, "not the password ");
    EXPECT_EQ(endings, (std::map<std::string, int>{{"CREDENTIALS_INVALID", 64}})) << round;
    EXPECT_EQ(Evaluated() - before, 5) << round;
    // Locked: the right one is not even looked at, on either server.
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(ReasonOf(both_.client(i).Login(email, kPassword).status), "CREDENTIALS_INVALID");
    }
    EXPECT_EQ(Evaluated() - before, 5) << round;
  }
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.attempt_guards"
                         " WHERE failures = 5 AND pending = 0 AND locked_until > now()"),
            kRounds);
  // each owner was told, once; names that nobody has have no owner.
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.mail_outbox WHERE kind = 9"), kRounds / 2);
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.audit_events WHERE action = 300"),
            kRounds / 2);
}

// a stolen access token does not guess on.
TEST_F(LockoutTest, SixtyFourGuessesWithinASessionEvaluateFive) {
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    const std::string email = absl::StrCat("ada", round, "@example.com");
    const std::string stolen = both_.SignUp(email).tokens().access_token();
    const std::string own = both_.Login(email).tokens().access_token();
    const double before = Evaluated();
    Burst<v1::StepUpResponse> burst(absl::Seconds(60));
    for (int i = 0; i < 64; ++i) {
      v1::StepUpRequest request;
      request.set_password(absl::StrCat("not the password ", i));
      burst.Add(both_.client(static_cast<size_t>(i) % 2).auth(),
                &v1::AuthService::Stub::PrepareAsyncStepUp, request, stolen);
    }
    burst.Send();
    std::map<std::string, int> endings;
    for (const auto& reply : burst.Collect()) ++endings[ReasonOf(reply.status)];
    EXPECT_EQ(endings,
              (std::map<std::string, int>{{"CREDENTIALS_INVALID", 5}, {"RATE_LIMITED", 59}}))
        << round;
    EXPECT_EQ(Evaluated() - before, 5) << round;
    // The owner's session, and the front door, stay open.
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", own));
    v1::StepUpRequest right;
    right.set_password(kPassword);
    v1::StepUpResponse answer;
    EXPECT_TRUE(both_.client(1).auth().StepUp(&context, right, &answer).ok()) << round;
    EXPECT_TRUE(both_.client(1).Login(email, kPassword).ok()) << round;
  }
}

TEST_F(LockoutTest, ThirtyTwoRightPasswordsAtOnceAllPass) {
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    const std::string email = absl::StrCat("ada", round, "@example.com");
    ASSERT_TRUE(both_.client(0).Register(email, kPassword).ok());
    // Some failures before leave fewer turns at once, and change nothing else.
    for (int i = 0; i < round % 3; ++i) (void)both_.client(0).Login(email, "not the password");
    EXPECT_EQ(LoginAtOnce(32, email, kPassword), (std::map<std::string, int>{{"", 32}})) << round;
  }
  EXPECT_EQ(both_.Number("SELECT count(*) FROM signet.sessions"), 32 * kRounds);
  EXPECT_EQ(both_.Number("SELECT sum(failures + pending) FROM signet.attempt_guards"), 0);
}

TEST_F(LockoutTest, TheOwnerOnAKnownDeviceGetsInWhileStrangersGuess) {
  const v1::LoginResponse first = both_.SignUp("ada@example.com");
  LoginAtOnce(64, "ada@example.com", "not the password ");
  v1::LoginRequest request;
  request.set_email("ada@example.com");
  request.set_password(kPassword);
  request.set_device_token(first.device_token());
  for (size_t i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    v1::LoginResponse response;
    const grpc::Status status = both_.client(i).auth().Login(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  EXPECT_FALSE(both_.client(0).Login("ada@example.com", kPassword).ok());
}

// A storm of logins that nobody waits for any more must not bar the accounts from their owners.
TEST_F(LockoutTest, AnAttemptWhoseCallerGaveUpIsNotLeftPending) {
  ASSERT_TRUE(both_.client(0).Register("ada@example.com", kPassword).ok());
  Sql(both_.database(),
      "CREATE FUNCTION public.stall() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';"
      "CREATE TRIGGER stall BEFORE INSERT ON signet.sessions"
      " FOR EACH ROW EXECUTE FUNCTION public.stall()");
  Burst<v1::LoginResponse> burst(absl::Seconds(3));
  v1::LoginRequest request;
  request.set_email("ada@example.com");
  request.set_password(kPassword);
  for (size_t i = 0; i < 4; ++i) {
    burst.Add(both_.client(i % 2).auth(), &v1::AuthService::Stub::PrepareAsyncLogin, request);
  }
  burst.Send();
  for (const auto& reply : burst.Collect()) {
    EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  EXPECT_TRUE(Eventually(absl::Seconds(30), [&] {
    return both_.Number("SELECT sum(pending + failures) FROM signet.attempt_guards") == 0;
  }));
  Sql(both_.database(), "DROP TRIGGER stall ON signet.sessions");
  EXPECT_TRUE(both_.client(1).Login("ada@example.com", kPassword).ok());
}

}  // namespace
}  // namespace signet::tests

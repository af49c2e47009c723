// step-up and second factors, as a person and an administrator meet them.

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/contract/service_test.h"
#include "tests/harness/authenticator.h"

namespace signet::contract {
namespace {

using ::testing::ElementsAre;

class MfaTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  static Answer<v1::StepUpResponse> StepUp(const std::string& bearer, const std::string& password) {
    v1::StepUpRequest request;
    request.set_password(password);
    return ServiceClient::Call(client().auth(), &v1::AuthService::Stub::StepUp, request,
                               {.bearer = bearer});
  }
  static std::string ChangePassword(const std::string& bearer) {
    v1::ChangePasswordRequest request;
    request.set_current_password(kPassword);
    request.set_new_password(kOtherPassword);
    return Describe(ServiceClient::Call(client().auth(), &v1::AuthService::Stub::ChangePassword,
                                        request, {.bearer = bearer})
                        .status);
  }
  template <typename Response, typename Request>
  static Answer<Response> As(const std::string& bearer,
                             grpc::Status (v1::AuthService::Stub::*method)(grpc::ClientContext*,
                                                                           const Request&,
                                                                           Response*),
                             const Request& request = {}) {
    return ServiceClient::Call(client().auth(), method, request, {.bearer = bearer});
  }
  struct Person {
    std::string email;
    v1::LoginResponse login;  // of the session that set the factor up
    tests::Authenticator app;
    std::string setup_code;
    std::vector<std::string> recovery_codes;
  };
  // With an authenticator in force, whose last code is of the present step.
  static Person WithFactor() {
    Person person;
    person.email = NewPerson();
    person.login = LoginOf(person.email);
    const std::string bearer = person.login.tokens().access_token();
    const auto enrolled = As(bearer, &v1::AuthService::Stub::EnrollTotp);
    EXPECT_EQ(Describe(enrolled.status), "OK");
    person.app = tests::Authenticator(enrolled.message.secret());
    v1::ConfirmTotpRequest confirm;
    person.setup_code = person.app.Code();
    confirm.set_code(person.setup_code);
    const auto confirmed = As(bearer, &v1::AuthService::Stub::ConfirmTotp, confirm);
    EXPECT_EQ(Describe(confirmed.status), "OK");
    person.recovery_codes.assign(confirmed.message.recovery_codes().begin(),
                                 confirmed.message.recovery_codes().end());
    return person;
  }
  // A login by the password, which must be answered with a challenge.
  static v1::MfaChallenge ChallengeOf(const Person& person) {
    const auto answer = client().Login(person.email, kPassword);
    EXPECT_EQ(Describe(answer.status), "OK");
    EXPECT_TRUE(answer.message.has_mfa_challenge());
    EXPECT_FALSE(answer.message.has_tokens());
    EXPECT_EQ(answer.message.session_id(), "");
    return answer.message.mfa_challenge();
  }
  static Answer<v1::CompleteMfaResponse> Complete(const std::string& challenge,
                                                  const std::string& code) {
    v1::CompleteMfaRequest request;
    request.set_challenge(challenge);
    if (code.size() == 6) {
      request.set_code(code);
    } else {
      request.set_recovery_code(code);
    }
    return ServiceClient::Call(client().auth(), &v1::AuthService::Stub::CompleteMfa, request);
  }
  // Forgets which time steps were used, as if the next one had come.
  static void NextStep(const Person& person) {
    Sql(database(), absl::StrCat("UPDATE signet.second_factors SET last_step = 0 WHERE user_id = '",
                                 person.login.user_id(), "'"));
  }
  // The session's next pair, as if its login had been an hour ago.
  static v1::TokenPair AnHourLater(const v1::LoginResponse& login) {
    Sql(database(), absl::StrCat("UPDATE signet.sessions SET authenticated_at = authenticated_at - "
                                 "interval '1 hour' WHERE id = '",
                                 login.session_id(), "'"));
    const auto next = client().Refresh(login.tokens().refresh_token());
    EXPECT_EQ(Describe(next.status), "OK");
    return next.message.tokens();
  }
  static v1::Claims ClaimsOf(const std::string& token) {
    return client().Validate(token).message.claims();
  }
};

// The way there and back: refused, asked, and the same call again. Refresh alone is no
// authentication.
TEST_F(MfaTest, AnOldAuthenticationIsAskedToStepUpAndThenServed) {
  const auto login = NewSession();
  const v1::TokenPair old = AnHourLater(login);
  EXPECT_EQ(ChangePassword(old.access_token()),
            "FAILED_PRECONDITION STEP_UP_REQUIRED acr_values=1 max_age=900");
  EXPECT_EQ(Describe(StepUp(old.access_token(), kOtherPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  const auto fresh = StepUp(old.access_token(), kPassword);
  ASSERT_EQ(Describe(fresh.status), "OK");
  EXPECT_EQ(fresh.message.acr(), "1");
  EXPECT_EQ(fresh.message.token_type(), "Bearer");
  EXPECT_EQ(fresh.message.expires_in().seconds(), 900);
  const auto claims = ClaimsOf(fresh.message.access_token());
  EXPECT_EQ(claims.session_id(), login.session_id());
  EXPECT_EQ(claims.acr(), "1");
  EXPECT_THAT(claims.amr(), ElementsAre("pwd"));
  // The refresh token went on living, and says the new time as well.
  const auto next = client().Refresh(old.refresh_token());
  ASSERT_EQ(Describe(next.status), "OK");
  EXPECT_EQ(ClaimsOf(next.message.tokens().access_token()).auth_time().seconds(),
            claims.auth_time().seconds());
  EXPECT_EQ(ChangePassword(old.access_token()),
            "FAILED_PRECONDITION STEP_UP_REQUIRED acr_values=1 max_age=900");
  EXPECT_EQ(ChangePassword(fresh.message.access_token()), "OK");
}

TEST_F(MfaTest, AdministrationAsksForARecentAuthenticationToo) {
  AdminToken();
  const auto login = LoginOf(kAdminEmail);
  const v1::TokenPair old = AnHourLater(login);
  const auto prepare = [](const std::string& bearer) {
    return Describe(ServiceClient::Call(client().keys(), &v1::KeyService::Stub::PrepareKey, {},
                                        {.bearer = bearer})
                        .status);
  };
  const auto list = ServiceClient::Call(client().keys(), &v1::KeyService::Stub::ListKeys, {},
                                        {.bearer = old.access_token()});
  EXPECT_EQ(Describe(list.status), "OK");
  EXPECT_EQ(prepare(old.access_token()),
            "FAILED_PRECONDITION STEP_UP_REQUIRED acr_values=1 max_age=900");
  EXPECT_EQ(prepare(StepUp(old.access_token(), kPassword).message.access_token()), "OK");
}

TEST_F(MfaTest, ASessionThatHasEndedStepsUpNoMore) {
  const auto login = NewSession();
  Sql(database(), absl::StrCat("UPDATE signet.lineages SET end_reason = 1 WHERE session_id = '",
                               login.session_id(), "'"));
  EXPECT_EQ(Describe(StepUp(login.tokens().access_token(), kPassword).status),
            "UNAUTHENTICATED SESSION_ENDED");
}

// from the enrolment to the tokens of both factors.
TEST_F(MfaTest, AnAuthenticatorIsSetUpAskedForAndSwitchedOff) {
  const Person person = WithFactor();
  EXPECT_EQ(person.recovery_codes.size(), 10u);
  const auto status = As(person.login.tokens().access_token(), &v1::AuthService::Stub::GetMfaStatus,
                         v1::GetMfaStatusRequest());
  ASSERT_EQ(Describe(status.status), "OK");
  EXPECT_TRUE(status.message.has_totp_enable_time());
  EXPECT_EQ(status.message.recovery_codes_left(), 10);

  const v1::MfaChallenge challenge = ChallengeOf(person);
  EXPECT_EQ(challenge.expires_in().seconds(), 300);
  EXPECT_THAT(challenge.challenge(), testing::StartsWith("sgm_"));
  EXPECT_EQ(Describe(Complete(challenge.challenge(), person.setup_code).status),
            "UNAUTHENTICATED MFA_CODE_INVALID");
  NextStep(person);
  const auto completed = Complete(challenge.challenge(), person.app.Code());
  ASSERT_EQ(Describe(completed.status), "OK");
  EXPECT_EQ(completed.message.user_id(), person.login.user_id());
  const auto claims = ClaimsOf(completed.message.tokens().access_token());
  EXPECT_EQ(claims.acr(), "2");
  EXPECT_THAT(claims.amr(), ElementsAre("pwd", "otp", "mfa"));
  EXPECT_EQ(claims.session_id(), completed.message.session_id());

  NextStep(person);
  EXPECT_EQ(Describe(Complete(challenge.challenge(), person.app.Code()).status),
            "UNAUTHENTICATED MFA_CHALLENGE_INVALID");
  const std::string bearer = completed.message.tokens().access_token();
  EXPECT_EQ(Describe(As(bearer, &v1::AuthService::Stub::EnrollTotp).status),
            "FAILED_PRECONDITION MFA_ALREADY_ENABLED");
  EXPECT_EQ(Describe(As(bearer, &v1::AuthService::Stub::DisableTotp).status), "OK");
  EXPECT_EQ(Describe(As(bearer, &v1::AuthService::Stub::DisableTotp).status),
            "FAILED_PRECONDITION MFA_NOT_ENABLED");
  EXPECT_TRUE(LoginOf(person.email).has_tokens());
}

TEST_F(MfaTest, SettingUpEndsTheOtherSessions) {
  const std::string email = NewPerson();
  const auto other = LoginOf(email);
  const auto mine = LoginOf(email);
  const std::string bearer = mine.tokens().access_token();
  const tests::Authenticator app(As(bearer, &v1::AuthService::Stub::EnrollTotp).message.secret());
  v1::ConfirmTotpRequest confirm;
  confirm.set_code(app.Code());
  ASSERT_EQ(Describe(As(bearer, &v1::AuthService::Stub::ConfirmTotp, confirm).status), "OK");
  EXPECT_EQ(client().AwaitRefusal(other.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_SESSION);
  const auto refreshed = client().Refresh(mine.tokens().refresh_token());
  EXPECT_EQ(ClaimsOf(refreshed.message.tokens().access_token()).acr(), "2");
}

TEST_F(MfaTest, ARecoveryCodeOpensOnceAndTheNextSetReplacesIt) {
  const Person person = WithFactor();
  const auto used = Complete(ChallengeOf(person).challenge(), person.recovery_codes[0]);
  ASSERT_EQ(Describe(used.status), "OK");
  EXPECT_EQ(Describe(Complete(ChallengeOf(person).challenge(), person.recovery_codes[0]).status),
            "UNAUTHENTICATED MFA_CODE_INVALID");
  const auto fresh =
      As(used.message.tokens().access_token(), &v1::AuthService::Stub::RegenerateRecoveryCodes);
  ASSERT_EQ(fresh.message.recovery_codes_size(), 10);
  EXPECT_EQ(Describe(Complete(ChallengeOf(person).challenge(), person.recovery_codes[1]).status),
            "UNAUTHENTICATED MFA_CODE_INVALID");
  EXPECT_EQ(
      Describe(Complete(ChallengeOf(person).challenge(), fresh.message.recovery_codes(0)).status),
      "OK");
}

//
TEST_F(MfaTest, AfterFiveWrongCodesOfAnAccountNoFurtherOneIsLookedAt) {
  const Person person = WithFactor();
  NextStep(person);
  const std::string wrong = person.app.WrongCode();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Describe(Complete(ChallengeOf(person).challenge(), wrong).status),
              "UNAUTHENTICATED MFA_CODE_INVALID");
  }
  for (const std::string& code : {person.app.Code(), person.recovery_codes[0]}) {
    EXPECT_EQ(Describe(Complete(ChallengeOf(person).challenge(), code).status),
              "RESOURCE_EXHAUSTED RATE_LIMITED +retry");
  }
}

TEST_F(MfaTest, SteppingUpNeedsTheSecondFactorToo) {
  const Person person = WithFactor();
  const std::string bearer =
      client().Refresh(person.login.tokens().refresh_token()).message.tokens().access_token();
  EXPECT_EQ(Describe(StepUp(bearer, kPassword).status), "FAILED_PRECONDITION MFA_REQUIRED");
  EXPECT_EQ(Describe(StepUp(bearer, kOtherPassword).status), "UNAUTHENTICATED CREDENTIALS_INVALID");
  NextStep(person);
  v1::StepUpRequest request;
  request.set_password(kPassword);
  request.set_code(person.app.Code());
  const auto stepped_up = As(bearer, &v1::AuthService::Stub::StepUp, request);
  ASSERT_EQ(Describe(stepped_up.status), "OK");
  EXPECT_EQ(stepped_up.message.acr(), "2");
}

// A token of one kind is never accepted for another.
TEST_F(MfaTest, AChallengeIsNoOtherTokenAndNoOtherTokenIsAChallenge) {
  const Person person = WithFactor();
  const std::string challenge = ChallengeOf(person).challenge();
  EXPECT_FALSE(client().Validate(challenge).message.active());
  EXPECT_EQ(Describe(client().ListSessions(challenge).status), "UNAUTHENTICATED TOKEN_INVALID");
  for (const std::string& token :
       {person.login.tokens().access_token(), person.login.tokens().refresh_token()}) {
    EXPECT_EQ(Describe(Complete(token, person.app.Code()).status),
              "UNAUTHENTICATED MFA_CHALLENGE_INVALID");
  }
}

// The secret is sealed, codes are hashed, and what is left of neither opens anything.
TEST_F(MfaTest, TheDatabaseHoldsNeitherSecretNorCodes) {
  const Person person = WithFactor();
  const std::string dump = tests::Dump(database());
  EXPECT_THAT(dump, Not(testing::HasSubstr(person.app.secret_hex())));
  for (const std::string& code : person.recovery_codes) {
    EXPECT_THAT(dump, Not(testing::HasSubstr(code)));
  }
}

}  // namespace
}  // namespace signet::contract

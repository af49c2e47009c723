// step-up and second factors, as a person and an administrator meet them.

#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"

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

}  // namespace
}  // namespace signet::contract

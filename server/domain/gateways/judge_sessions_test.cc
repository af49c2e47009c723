// gateways let pass who brings a session token, as Bearer or in a cookie.

#include "server/domain/fakes/fake_gateway_observer.h"
#include "server/domain/gateways/gateway_answer.h"
#include "server/domain/gateways/judge_request.h"
#include "server/domain/sessions/validate_session.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

using Field = GatewayQuestion::Field;
using Result = GatewayResult;

class JudgeSessionsTest : public UseCaseTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Register("ada@example.com").ok());
    wanted_ = WantedCredential::kSessionToken;
    session_ = std::string(Enter().session->token.reveal());
    wanted_ = WantedCredential::kTokens;
    access_ = std::string(Enter().tokens->access_token.reveal());
    CatchUp();
    auto rules = AuthzRules::Make(
        {{"/api/", "audience", kAudience, 1}, {"/other/", "audience", "somebody-else", 2}});
    ASSERT_TRUE(rules.ok());
    judge_ = std::make_unique<JudgeRequest>(*std::move(rules), tokens_, observer_, &validate_,
                                            "session");
  }
  static GatewayQuestion Ask(std::vector<Field> fields, absl::string_view target = "/api/x") {
    return {"GET", "api.example.com", target, std::move(fields)};
  }
  Result ResultOf(const std::vector<Field>& fields, absl::string_view target = "/api/x") {
    return judge_->Run(Ask(fields, target), clock_.Now()).result;
  }

  std::string session_;
  std::string access_;
  ValidateToken tokens_{verifier_, keys_, revocations_, {}};
  HeldSessions held_{10};
  SessionActivity activity_{session_tokens_, lifetimes_.session_idle};
  ValidateSession validate_{{session_tokens_, issuer_, tokens_, session_policy_, held_, activity_},
                            lifetimes_};
  FakeGatewayObserver observer_;
  std::unique_ptr<JudgeRequest> judge_;
};

TEST_F(JudgeSessionsTest, WhatIsNotAtHandIsForWhoMayWait) {
  const std::string bearer = "Bearer " + session_;
  EXPECT_FALSE(judge_->RunAtOnce(Ask({{"authorization", bearer}}), clock_.Now()).has_value());
  EXPECT_EQ(ResultOf({{"authorization", bearer}}), Result::kAllowed);
  const auto at_once = judge_->RunAtOnce(Ask({{"authorization", bearer}}), clock_.Now());
  ASSERT_TRUE(at_once.has_value());
  EXPECT_TRUE(at_once->passes());
  EXPECT_EQ(observer_.Count(Result::kAllowed), 2u);
}

TEST_F(JudgeSessionsTest, ItMayComeInTheCookieThatIsConfigured) {
  const auto with = [&](const std::string& cookies) { return ResultOf({{"Cookie", cookies}}); };
  EXPECT_EQ(with("session=" + session_), Result::kAllowed);
  EXPECT_EQ(with("a=b; session=" + session_ + ";c=d"), Result::kAllowed);
  EXPECT_EQ(with("xsession=" + session_), Result::kNoToken);
  EXPECT_EQ(with("Session=" + session_), Result::kNoToken);
  EXPECT_EQ(with("session=" + access_), Result::kNoToken) << "somebody's mistake";
  const std::string cookie = "session=" + session_;
  EXPECT_EQ(ResultOf({{"cookie", cookie}}, "/other/x"), Result::kTokenRefused);
}

// Whoever can set a cookie for the whole domain must not slip in a session of his own.
TEST_F(JudgeSessionsTest, TwoCookiesOfTheNameNeverPass) {
  const std::string cookie = "session=" + session_;
  EXPECT_EQ(ResultOf({{"cookie", cookie + "; " + cookie}}), Result::kAmbiguous);
  EXPECT_EQ(ResultOf({{"cookie", cookie}, {"cookie", "session=x"}}), Result::kAmbiguous);
  EXPECT_EQ(ResultOf({{"cookie", cookie + "; session =x"}}), Result::kAmbiguous)
      << "some servers pass over the blank";
}

TEST_F(JudgeSessionsTest, WhoSendsAuthorizationIsJudgedByThat) {
  const std::string cookie = "session=" + session_;
  EXPECT_EQ(ResultOf({{"cookie", cookie}, {"authorization", "Basic eDp5"}}), Result::kNoToken);
  EXPECT_EQ(ResultOf({{"cookie", cookie}, {"authorization", "Bearer x"}}), Result::kTokenRefused);
}

// A 401 would log everybody out.
TEST_F(JudgeSessionsTest, WithoutADatabaseAnUnknownSessionIsAskedForAgain) {
  const std::string bearer = "Bearer " + session_;
  database_.SetAvailable(false);
  EXPECT_EQ(ResultOf({{"authorization", bearer}}), Result::kUnavailable);
  EXPECT_EQ(HttpStatusOf(Result::kUnavailable), 503);
  database_.SetAvailable(true);
  EXPECT_EQ(ResultOf({{"authorization", bearer}}), Result::kAllowed);
}

}  // namespace
}  // namespace signet::domain

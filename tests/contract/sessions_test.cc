// sessions of old clients, beside tokens, over every door.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"
#include "tests/harness/authenticator.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using Sessions = v1::SessionService::Stub;
using Tokens = v1::TokenService::Stub;
using Auth = v1::AuthService::Stub;

class SessionsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<tests::ScratchDirectory>();
    scratch_->Write("authz.yaml",
                    "\"/app/\":\n  audience: signet\n\"/other/\":\n  audience: other\n");
    StartService({{"authz.rules", scratch_->File("authz.yaml")}, {"sessions.cookie", "session"}});
  }
  static void TearDownTestSuite() {
    ServiceTest::TearDownTestSuite();
    scratch_.reset();
  }
  void TearDown() override { Set(v1::SESSION_MODE_ON, 0); }

  static Answer<v1::CreateSessionResponse> Create(const std::string& email,
                                                  bool accept_tokens = false) {
    v1::CreateSessionRequest request;
    request.set_email(email);
    request.set_password(kPassword);
    request.set_client_id("old-shop");
    request.set_device_name("kiosk");
    request.set_accept_tokens(accept_tokens);
    return ServiceClient::Call(client().sessions(), &Sessions::CreateSession, request);
  }
  static v1::CreateSessionResponse Created(const std::string& email) {
    const auto answer = Create(email);
    EXPECT_EQ(Describe(answer.status), "OK");
    EXPECT_TRUE(answer.message.has_session());
    return answer.message;
  }
  static std::string NewToken() { return Created(NewPerson()).session().session_token(); }

  static v1::ValidateResponse Validate(const std::string& token,
                                       const std::string& audience = "signet") {
    v1::ValidateRequest request;
    request.set_token(token);
    request.set_audience(audience);
    const auto answer = ServiceClient::Call(client().tokens(), &Tokens::Validate, request);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message;
  }
  static v1::ValidateSessionResponse ValidateSession(const std::string& token) {
    v1::ValidateSessionRequest request;
    request.set_session_token(token);
    request.set_audience("signet");
    return ServiceClient::Call(client().sessions(), &Sessions::ValidateSession, request).message;
  }
  static bool RefusedSoon(const std::string& token) {
    return tests::Eventually(absl::Seconds(5), [&] { return !Validate(token).active(); });
  }
  static void Set(v1::SessionMode mode, int share) {
    v1::SetSessionPolicyRequest request;
    request.mutable_policy()->set_mode(mode);
    request.mutable_policy()->set_share_percent(share);
    const auto answer = ServiceClient::Call(client().sessions(), &Sessions::SetSessionPolicy,
                                            request, {.bearer = AdminToken()});
    ASSERT_EQ(Describe(answer.status), "OK");
    EXPECT_EQ(answer.message.policy().share_percent(), share);
  }
  static int Authz(const std::vector<std::string>& credential, const std::string& uri = "/app/x") {
    std::vector<std::string> fields = {"X-Forwarded-Method: GET", "X-Forwarded-Uri: " + uri};
    fields.insert(fields.end(), credential.begin(), credential.end());
    last_ = tests::HttpGet(server().http_port(), "/authz", fields);
    return last_.status;
  }
  static double Accepted(const std::string& kind) {
    return tests::Metric(server().http_port(),
                         absl::StrCat("signet_accepted_credentials_total{kind=\"", kind, "\"}"));
  }

  static inline std::unique_ptr<tests::ScratchDirectory> scratch_;
  static inline tests::HttpAnswer last_;
};

// one call judges both kinds, and says which.
TEST_F(SessionsTest, OneValidateJudgesBothKindsAndSaysWhich) {
  const std::string email = NewPerson();
  const auto created = Created(email);
  const std::string& token = created.session().session_token();
  EXPECT_EQ(created.session().idle_timeout().seconds(), 15 * 60);
  EXPECT_EQ(created.session().expires_in().seconds(), 8 * 3600);

  const auto old_way = Validate(token);
  ASSERT_TRUE(old_way.active());
  EXPECT_EQ(old_way.kind(), v1::CREDENTIAL_KIND_SESSION_TOKEN);
  EXPECT_EQ(old_way.source(), v1::DECISION_SOURCE_DATABASE);
  EXPECT_EQ(old_way.claims().subject(), created.user_id());
  EXPECT_EQ(old_way.claims().session_id(), created.session_id());
  EXPECT_EQ(old_way.claims().client_id(), "old-shop");
  EXPECT_NE(Validate(token).source(), v1::DECISION_SOURCE_DATABASE);

  const auto new_way = Validate(LoginOf(email).tokens().access_token());
  ASSERT_TRUE(new_way.active());
  EXPECT_EQ(new_way.kind(), v1::CREDENTIAL_KIND_ACCESS_TOKEN);
  EXPECT_EQ(new_way.claims().subject(), created.user_id());
}

TEST_F(SessionsTest, ABadSessionTokenIsNoErrorOfTheCall) {
  const std::string token = NewToken();
  EXPECT_EQ(Validate(token, "another").reason(), v1::INACTIVE_REASON_AUDIENCE_MISMATCH);
  EXPECT_EQ(Validate(token + "x").reason(), v1::INACTIVE_REASON_MALFORMED);
  EXPECT_EQ(Validate("sgs_").reason(), v1::INACTIVE_REASON_MALFORMED);
  const std::string another = NewToken();
  tests::Sql(database(),
             "DELETE FROM signet.lineages WHERE session_id IN (SELECT id FROM "
             "signet.sessions WHERE kind = 2)");
  EXPECT_EQ(Validate(another).reason(), v1::INACTIVE_REASON_SESSION_UNKNOWN);
}

// in a batch and in a stream as alone, in their order, known to this process or not.
TEST_F(SessionsTest, ABatchAndAStreamMayMixThem) {
  const std::string email = NewPerson();
  const std::string access = LoginOf(email).tokens().access_token();
  std::vector<std::string> tokens;
  for (int i = 0; i < 3; ++i) {
    tokens.push_back(access);
    tokens.push_back(Created(email).session().session_token());
    tokens.push_back("sgs_nothing");
  }
  const auto expect = [](int i, bool active, v1::CredentialKind kind) {
    EXPECT_EQ(active, i % 3 != 2) << i;
    EXPECT_EQ(kind,
              i % 3 == 0 ? v1::CREDENTIAL_KIND_ACCESS_TOKEN : v1::CREDENTIAL_KIND_SESSION_TOKEN)
        << i;
  };
  v1::ValidateBatchRequest batch;
  batch.set_audience("signet");
  for (const std::string& token : tokens) batch.add_tokens(token);
  for (int round = 0; round < 2; ++round) {
    const auto answer = ServiceClient::Call(client().tokens(), &Tokens::ValidateBatch, batch);
    ASSERT_EQ(Describe(answer.status), "OK");
    ASSERT_EQ(answer.message.results_size(), 9);
    for (int i = 0; i < 9; ++i) {
      expect(i, answer.message.results(i).active(), answer.message.results(i).kind());
    }
  }
  tokens[1] = NewToken();  // not at hand
  grpc::ClientContext context;
  auto stream = client().tokens().ValidateStream(&context);
  for (int i = 0; i < 9; ++i) {
    v1::ValidateStreamRequest request;
    request.mutable_request()->set_audience("signet");
    request.mutable_request()->set_token(tokens[static_cast<size_t>(i)]);
    request.set_id(absl::StrCat(i));
    ASSERT_TRUE(stream->Write(request));
  }
  stream->WritesDone();
  v1::ValidateStreamResponse response;
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(stream->Read(&response)) << i;
    EXPECT_EQ(response.id(), absl::StrCat(i));
    expect(i, response.response().active(), response.response().kind());
  }
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(Describe(stream->Finish()), "OK");
}

// what there is to know of how long it lasts.
TEST_F(SessionsTest, ValidateAndExtendSayHowLongItLasts) {
  const auto created = Created(NewPerson());
  const std::string& token = created.session().session_token();
  const auto judged = ValidateSession(token);
  ASSERT_TRUE(judged.active());
  EXPECT_EQ(judged.claims().subject(), created.user_id());
  const v1::SessionState& state = judged.session();
  EXPECT_EQ(state.session_id(), created.session_id());
  EXPECT_EQ(state.user_id(), created.user_id());
  EXPECT_EQ(state.idle_expire_time().seconds() - state.last_use_time().seconds(), 15 * 60);
  EXPECT_EQ(state.expire_time().seconds() - state.create_time().seconds(), 8 * 3600);

  v1::ExtendSessionRequest extend;
  extend.set_session_token(token);
  const auto extended =
      ServiceClient::Call(client().sessions(), &Sessions::ExtendSession, extend).message;
  ASSERT_TRUE(extended.active());
  EXPECT_GE(extended.session().last_use_time().seconds(), state.last_use_time().seconds());
  extend.set_session_token("sgs_nothing");
  const auto bad =
      ServiceClient::Call(client().sessions(), &Sessions::ExtendSession, extend).message;
  EXPECT_FALSE(bad.active());
  EXPECT_EQ(bad.reason(), v1::INACTIVE_REASON_MALFORMED);
}

// One notion, two credentials: its bearer calls what people call, and what ends sessions ends it.
TEST_F(SessionsTest, ItsBearerIsThePerson) {
  const std::string email = NewPerson();
  const auto created = Created(email);
  const std::string& token = created.session().session_token();
  const auto got =
      ServiceClient::Call(client().sessions(), &Sessions::GetSession, {}, {.bearer = token});
  ASSERT_EQ(Describe(got.status), "OK");
  EXPECT_EQ(got.message.session().session_id(), created.session_id());
  EXPECT_EQ(got.message.session().kind(), v1::SESSION_KIND_SESSION_TOKEN);
  EXPECT_TRUE(got.message.session().current());

  const auto login = LoginOf(email);
  const auto list = ServiceClient::Call(client().sessions(), &Sessions::ListSessions, {},
                                        {.bearer = login.tokens().access_token()});
  ASSERT_EQ(list.message.sessions_size(), 2);
  EXPECT_EQ(list.message.sessions(0).kind(), v1::SESSION_KIND_TOKENS);
  EXPECT_EQ(list.message.sessions(1).kind(), v1::SESSION_KIND_SESSION_TOKEN);

  const auto out = ServiceClient::Call(client().auth(), &Auth::Logout, {}, {.bearer = token});
  ASSERT_EQ(Describe(out.status), "OK");
  EXPECT_TRUE(RefusedSoon(token));
  EXPECT_EQ(Describe(ServiceClient::Call(client().sessions(), &Sessions::GetSession, {},
                                         {.bearer = token})
                         .status),
            "UNAUTHENTICATED TOKEN_INVALID");
}

TEST_F(SessionsTest, TerminatingChangingThePasswordAndRevokingEndIt) {
  const std::string email = NewPerson();
  const auto login = LoginOf(email);
  const std::string& bearer = login.tokens().access_token();
  const auto first = Created(email);
  const std::string second = Created(email).session().session_token();
  const std::string third = Created(email).session().session_token();
  for (const auto& token : {first.session().session_token(), second, third}) {
    ASSERT_TRUE(Validate(token).active());
  }
  v1::TerminateSessionRequest terminate;
  terminate.set_session_id(first.session_id());
  ASSERT_EQ(Describe(ServiceClient::Call(client().sessions(), &Sessions::TerminateSession,
                                         terminate, {.bearer = second})
                         .status),
            "OK");
  EXPECT_TRUE(RefusedSoon(first.session().session_token()));
  EXPECT_EQ(Validate(first.session().session_token()).reason(),
            v1::INACTIVE_REASON_REVOKED_SESSION);

  v1::RevokeRequest revoke;
  revoke.set_token(second);
  ASSERT_EQ(Describe(ServiceClient::Call(client().tokens(), &Tokens::Revoke, revoke).status), "OK");
  EXPECT_TRUE(RefusedSoon(second));

  v1::ChangePasswordRequest change;
  change.set_current_password(kPassword);
  change.set_new_password(kOtherPassword);
  ASSERT_EQ(Describe(ServiceClient::Call(client().auth(), &Auth::ChangePassword, change,
                                         {.bearer = bearer})
                         .status),
            "OK");
  EXPECT_TRUE(RefusedSoon(third));
}

// No token of one kind is accepted for another.
TEST_F(SessionsTest, IsNoRefreshTokenAndNoneIsASessionToken) {
  const std::string email = NewPerson();
  v1::RefreshRequest refresh;
  refresh.set_refresh_token(Created(email).session().session_token());
  EXPECT_EQ(Describe(ServiceClient::Call(client().tokens(), &Tokens::Refresh, refresh).status),
            "UNAUTHENTICATED REFRESH_TOKEN_INVALID");
  EXPECT_FALSE(ValidateSession(LoginOf(email).tokens().access_token()).active());
  EXPECT_FALSE(ValidateSession(LoginOf(email).tokens().refresh_token()).active());
}

// the old way does not go around the second factor.
TEST_F(SessionsTest, WithASecondFactorItIsAskedFor) {
  const std::string email = NewPerson();
  const auto login = LoginOf(email);
  const Credential credential{.bearer = login.tokens().access_token()};
  const auto enrolled =
      ServiceClient::Call(client().auth(), &Auth::EnrollTotp, {}, credential).message;
  const tests::Authenticator app(enrolled.secret());
  v1::ConfirmTotpRequest confirm;
  confirm.set_code(app.Code());
  ASSERT_EQ(
      Describe(
          ServiceClient::Call(client().auth(), &Auth::ConfirmTotp, confirm, credential).status),
      "OK");
  const auto asked = Create(email);
  ASSERT_TRUE(asked.message.has_mfa_challenge());
  v1::CompleteMfaRequest complete;
  complete.set_challenge(asked.message.mfa_challenge().challenge());
  complete.set_code(app.Code(1));
  const auto completed = ServiceClient::Call(client().auth(), &Auth::CompleteMfa, complete);
  ASSERT_EQ(Describe(completed.status), "OK");
  ASSERT_TRUE(completed.message.has_session());
  const auto judged = Validate(completed.message.session().session_token());
  EXPECT_TRUE(judged.active());
  EXPECT_EQ(judged.claims().acr(), "2");
}

// by share of the users, without a restart, and back.
TEST_F(SessionsTest, AShareOfTheUsersIsMovedAndBack) {
  std::vector<std::string> people;
  for (int i = 0; i < 12; ++i) people.push_back(NewPerson());
  const auto old_ones = [&](int share) {
    Set(v1::SESSION_MODE_READ_ONLY, share);
    std::set<std::string> on_the_old_way;
    for (const std::string& email : people) {
      const auto answer = Create(email);
      if (answer.ok()) {
        on_the_old_way.insert(email);
      } else {
        EXPECT_EQ(Describe(answer.status), "FAILED_PRECONDITION SESSION_TOKENS_OFF");
        EXPECT_TRUE(Create(email, true).message.has_tokens()) << "who can take tokens gets them";
      }
    }
    return on_the_old_way;
  };
  EXPECT_EQ(old_ones(0).size(), 12u);
  const auto at_half = old_ones(50);
  const auto at_most = old_ones(90);
  for (const std::string& email : at_most) EXPECT_TRUE(at_half.contains(email));
  EXPECT_EQ(old_ones(100).size(), 0u);
  EXPECT_EQ(old_ones(50), at_half);
  EXPECT_EQ(old_ones(0).size(), 12u);
}

TEST_F(SessionsTest, ReadOnlyServesThoseThatAreThereAndOffRefusesThem) {
  const std::string token = NewToken();
  Set(v1::SESSION_MODE_READ_ONLY, 100);
  EXPECT_TRUE(Validate(token).active());
  EXPECT_TRUE(ValidateSession(token).active());
  Set(v1::SESSION_MODE_OFF, 100);
  EXPECT_EQ(Validate(token).reason(), v1::INACTIVE_REASON_SESSION_TOKENS_OFF);
  EXPECT_EQ(ValidateSession(token).reason(), v1::INACTIVE_REASON_SESSION_TOKENS_OFF);
  EXPECT_EQ(Authz({"Cookie: session=" + token}), 401);
  EXPECT_EQ(Describe(ServiceClient::Call(client().sessions(), &Sessions::GetSession, {},
                                         {.bearer = token})
                         .status),
            "UNAUTHENTICATED TOKEN_INVALID");
  Set(v1::SESSION_MODE_ON, 100);
  EXPECT_TRUE(Validate(token).active()) << "nothing was ended";
}

// Nobody learns from it who has an account, or who is on the new way.
TEST_F(SessionsTest, WithoutThePasswordEveryAnswerIsTheSame) {
  Set(v1::SESSION_MODE_OFF, 100);
  v1::CreateSessionRequest request;
  request.set_email(NewPerson());
  request.set_password("not the password");
  EXPECT_EQ(
      Describe(ServiceClient::Call(client().sessions(), &Sessions::CreateSession, request).status),
      "UNAUTHENTICATED CREDENTIALS_INVALID");
  request.set_email("nobody.at.all@example.com");
  EXPECT_EQ(
      Describe(ServiceClient::Call(client().sessions(), &Sessions::CreateSession, request).status),
      "UNAUTHENTICATED CREDENTIALS_INVALID");
}

// gateways, by Authorization or by the cookie of an old browser session.
TEST_F(SessionsTest, GatewaysLetItPass) {
  const auto created = Created(NewPerson());
  const std::string& token = created.session().session_token();
  EXPECT_EQ(Authz({"Authorization: Bearer " + token}), 200);
  EXPECT_EQ(last_.fields["x-signet-subject"], created.user_id());
  EXPECT_EQ(last_.fields["x-signet-session"], created.session_id());
  EXPECT_EQ(Authz({"Cookie: theme=dark; session=" + token + "; lang=de"}), 200);
  EXPECT_EQ(last_.fields["x-signet-subject"], created.user_id());
  EXPECT_EQ(Authz({"Cookie: session=" + token}, "/other/x"), 401) << "another audience";
  EXPECT_EQ(Authz({"Cookie: Session=" + token}), 401) << "names of cookies have case";
  EXPECT_EQ(Authz({"Cookie: xsession=" + token}), 401);
  EXPECT_EQ(Authz({}), 401);
  // Whoever can set a cookie for the whole domain must not slip in a session of his own.
  const std::string mine = NewToken();
  EXPECT_EQ(Authz({"Cookie: session=" + mine + "; session=" + token}), 403);
  EXPECT_EQ(Authz({"Cookie: session=" + token, "Authorization: Bearer " + mine}), 200);
  EXPECT_NE(last_.fields["x-signet-subject"], created.user_id());
  // An access token in a cookie is somebody's mistake.
  EXPECT_EQ(Authz({"Cookie: session=" + NewSession().tokens().access_token()}), 401);
}

// the share of each kind.
TEST_F(SessionsTest, TheShareOfEachKindIsAMetric) {
  const std::string email = NewPerson();
  const std::string token = Created(email).session().session_token();
  const std::string access = LoginOf(email).tokens().access_token();
  const double sessions = Accepted("session_token");
  const double tokens = Accepted("access_token");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Validate(token).active());
  EXPECT_EQ(Authz({"Cookie: session=" + token}), 200);
  EXPECT_TRUE(Validate(access).active());
  EXPECT_FALSE(Validate("sgs_nothing").active());
  EXPECT_EQ(Accepted("session_token"), sessions + 4);
  EXPECT_EQ(Accepted("access_token"), tokens + 1);
  Set(v1::SESSION_MODE_READ_ONLY, 30);
  const auto share = [](const char* mode) {
    return tests::Metric(server().http_port(),
                         absl::StrCat("signet_session_policy_share{mode=\"", mode, "\"}"));
  };
  EXPECT_EQ(share("read_only"), 30);
  EXPECT_EQ(share("on"), 70);
  EXPECT_EQ(share("off"), 0);
}

TEST_F(SessionsTest, ExplainTellsWhyItIsNotAccepted) {
  const std::string token = NewToken();
  v1::ExplainTokenRequest request;
  request.set_token(token);
  auto explained = ServiceClient::Call(client().tokens(), &Tokens::ExplainToken, request,
                                       {.bearer = AdminToken()})
                       .message;
  EXPECT_EQ(explained.kind(), v1::ExplainTokenResponse::KIND_SESSION_TOKEN);
  EXPECT_TRUE(explained.active());
  Set(v1::SESSION_MODE_OFF, 100);
  explained = ServiceClient::Call(client().tokens(), &Tokens::ExplainToken, request,
                                  {.bearer = AdminToken()})
                  .message;
  EXPECT_FALSE(explained.active());
  EXPECT_THAT(explained.steps(explained.steps_size() - 1), HasSubstr("switched off"));
}

// Stored only hashed; and found by whoever scans for secrets.
TEST_F(SessionsTest, StandsNowhereInTheDatabase) {
  const std::string token = NewToken();
  ASSERT_TRUE(Validate(token).active());
  EXPECT_FALSE(absl::StrContains(tests::Dump(database()), token.substr(4, 40)));
  EXPECT_FALSE(absl::StrContains(server().log(), token.substr(4, 40)));
  EXPECT_EQ(token.substr(0, 4), "sgs_");
  EXPECT_EQ(token.size(), 96u);
}

}  // namespace
}  // namespace signet::contract

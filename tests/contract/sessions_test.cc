// sessions of old clients, beside tokens, over every door.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/contract/sessions_fixture.h"
#include "tests/harness/authenticator.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using Sessions = v1::SessionService::Stub;
using Tokens = v1::TokenService::Stub;
using Auth = v1::AuthService::Stub;

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

// The main job, as a person, a service and an administrator go through it.

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/base64url.h"
#include "client/base/snapshot.h"
#include "client/crypto/digest.h"
#include "client/token/key_set.h"
#include "client/token/verifier.h"
#include "tests/contract/service_test.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Event = v1::GetLineageResponse::Event;

constexpr char kUuidForm[] = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

class MainJobTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  static bool IsActive(const std::string& token) {
    const auto answer = client().Validate(token);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message.active();
  }
  static std::vector<std::string> Kinds(const v1::GetLineageResponse& lineage) {
    std::vector<std::string> kinds;
    for (const auto& event : lineage.events()) {
      kinds.push_back(absl::StrCat(Event::Kind_Name(event.kind()), " ", event.generation()));
    }
    return kinds;
  }
  static std::string Terminate(const std::string& session, const std::string& bearer) {
    v1::TerminateSessionRequest request;
    request.set_session_id(session);
    return Describe(ServiceClient::Call(client().sessions(),
                                        &v1::SessionService::Stub::TerminateSession, request,
                                        {.bearer = bearer})
                        .status);
  }
};

//
TEST_F(MainJobTest, ARegisteredPersonLogsInAndTheTokenIsAccepted) {
  const auto login = NewSession();
  EXPECT_EQ(login.tokens().token_type(), "Bearer");
  EXPECT_EQ(login.tokens().expires_in().seconds(), 15 * 60);
  EXPECT_EQ(login.tokens().refresh_expires_in().seconds(), 14 * 24 * 3600);
  EXPECT_THAT(login.tokens().refresh_token(), testing::StartsWith("sgr_"));
  const auto first = client().Validate(login.tokens().access_token());
  ASSERT_EQ(Describe(first.status), "OK");
  EXPECT_TRUE(first.message.active());
  EXPECT_EQ(first.message.claims().subject(), login.user_id());
  EXPECT_EQ(first.message.claims().session_id(), login.session_id());
  const auto second = client().Validate(login.tokens().access_token());
  EXPECT_EQ(second.message.source(), v1::DECISION_SOURCE_CACHE);
}

// look-alike spellings are one account.
TEST_F(MainJobTest, AnotherSpellingOfTheAddressIsTheSameAccount) {
  ASSERT_TRUE(client()
                  .Register("Ada.L@B\xC3\xBC"
                            "cher.example",
                            kPassword)
                  .ok());
  // Fullwidth "Ada", and the domain as its punycode.
  const auto login = LoginOf("\xEF\xBC\xA1\xEF\xBD\x84\xEF\xBD\x81.l@xn--bcher-kva.EXAMPLE");
  EXPECT_FALSE(login.user_id().empty());
  EXPECT_EQ(tests::Sql(database(),
                       "SELECT count(*) FROM signet.users WHERE email_canonical LIKE "
                       "'ada.l@%'"),
            "1\n");
}

// nobody learns who has an account, and the existing one keeps its password.
TEST_F(MainJobTest, RegisteringAgainAnswersAlikeAndChangesNothing) {
  const std::string email = NewPerson();
  EXPECT_EQ(Describe(client().Register(email, kOtherPassword).status), "OK");
  EXPECT_EQ(Describe(client().Login(email, kOtherPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  LoginOf(email);
}

//
TEST_F(MainJobTest, TheSameRefreshAgainGetsTheSameSuccessor) {
  const auto login = NewSession();
  const auto first = client().Refresh(login.tokens().refresh_token());
  const auto again = client().Refresh(login.tokens().refresh_token());
  ASSERT_EQ(Describe(first.status), "OK");
  ASSERT_EQ(Describe(again.status), "OK");
  EXPECT_FALSE(first.message.replayed());
  EXPECT_TRUE(again.message.replayed());
  EXPECT_EQ(again.message.tokens().refresh_token(), first.message.tokens().refresh_token());
  EXPECT_NE(first.message.tokens().refresh_token(), login.tokens().refresh_token());
  EXPECT_TRUE(IsActive(again.message.tokens().access_token()));
}

// beyond the successor's use it is theft, and the whole lineage dies.
TEST_F(MainJobTest, AReusedRefreshTokenEndsTheSessionAndItsAccessTokens) {
  const auto login = NewSession();
  const std::string& stolen = login.tokens().refresh_token();
  const auto second = client().Refresh(stolen);
  const auto third = client().Refresh(second.message.tokens().refresh_token());
  ASSERT_EQ(Describe(third.status), "OK");
  EXPECT_EQ(Describe(client().Refresh(stolen).status), "UNAUTHENTICATED REFRESH_TOKEN_REUSED");

  EXPECT_EQ(Describe(client().Refresh(third.message.tokens().refresh_token()).status),
            "UNAUTHENTICATED SESSION_ENDED");
  for (const auto* pair : {&login.tokens(), &second.message.tokens(), &third.message.tokens()}) {
    EXPECT_EQ(client().AwaitRefusal(pair->access_token()), v1::INACTIVE_REASON_REVOKED_SESSION);
  }
  const auto lineage = client().GetLineage(login.session_id(), AdminToken());
  ASSERT_EQ(Describe(lineage.status), "OK");
  EXPECT_EQ(lineage.message.session().end_reason(), v1::SESSION_END_REASON_REFRESH_TOKEN_REUSE);
  EXPECT_EQ(lineage.message.user_id(), login.user_id());
  EXPECT_EQ(lineage.message.generation(), 2);
  EXPECT_THAT(Kinds(lineage.message),
              ElementsAre("KIND_OPENED 0", "KIND_ROTATED 1", "KIND_ROTATED 2", "KIND_REUSED 0"));
}

// The same token with another secret and a right checksum: what somebody who knows the ids of a
// session can make.
std::string Forged(const std::string& refresh_token) {
  constexpr size_t kChecksum = 4;
  std::string body = base::Base64UrlDecode(absl::string_view(refresh_token).substr(4)).value_or("");
  body.resize(body.size() - kChecksum);
  body.back() = static_cast<char>(body.back() ^ 1);
  const auto digest = crypto::Sha256(body);
  return absl::StrCat("sgr_", base::Base64UrlEncode(absl::StrCat(
                                  body, crypto::DigestView(digest).substr(0, kChecksum))));
}

TEST_F(MainJobTest, AForgedRefreshTokenDoesNotHarmTheSession) {
  const auto login = NewSession();
  const std::string forged = Forged(login.tokens().refresh_token());
  EXPECT_EQ(Describe(client().Refresh(forged).status), "UNAUTHENTICATED REFRESH_TOKEN_INVALID");
  EXPECT_EQ(Describe(client().Revoke(forged).status), "OK");
  const auto second = client().Refresh(login.tokens().refresh_token());
  ASSERT_EQ(Describe(second.status), "OK");
  EXPECT_EQ(Describe(client().Refresh(forged).status), "UNAUTHENTICATED REFRESH_TOKEN_INVALID");
  EXPECT_EQ(Describe(client().Refresh(second.message.tokens().refresh_token()).status), "OK");
}

// concurrent sessions are independent, listable and can be ended one by one.
TEST_F(MainJobTest, SessionsAreListedAndEndedOneByOne) {
  const std::string email = NewPerson();
  const auto old = LoginOf(email);
  v1::LoginRequest request;
  request.set_email(email);
  request.set_password(kPassword);
  request.set_device_name("a telephone");
  request.set_client_id("mail");
  const auto fresh =
      ServiceClient::Call(client().auth(), &v1::AuthService::Stub::Login, request).message;
  const std::string& bearer = fresh.tokens().access_token();

  auto list = client().ListSessions(bearer);
  ASSERT_EQ(Describe(list.status), "OK");
  ASSERT_THAT(list.message.sessions(), SizeIs(2));
  EXPECT_EQ(list.message.sessions(0).session_id(), fresh.session_id());
  EXPECT_EQ(list.message.sessions(0).device_name(), "a telephone");
  EXPECT_EQ(list.message.sessions(0).client_id(), "mail");
  EXPECT_EQ(list.message.sessions(0).address(), "127.0.0.1");
  EXPECT_TRUE(list.message.sessions(0).current());
  EXPECT_FALSE(list.message.sessions(1).current());

  EXPECT_EQ(Terminate(old.session_id(), bearer), "OK");
  EXPECT_EQ(client().AwaitRefusal(old.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_SESSION);
  EXPECT_EQ(Describe(client().Refresh(old.tokens().refresh_token()).status),
            "UNAUTHENTICATED SESSION_ENDED");
  EXPECT_TRUE(IsActive(bearer));
  EXPECT_THAT(client().ListSessions(bearer).message.sessions(), SizeIs(1));
  EXPECT_EQ(Terminate(old.session_id(), bearer), "NOT_FOUND SESSION_UNKNOWN");
  const auto lineage = client().GetLineage(old.session_id(), bearer);
  EXPECT_THAT(Kinds(lineage.message), ElementsAre("KIND_OPENED 0", "KIND_ENDED 0"));
  EXPECT_EQ(lineage.message.session().end_reason(), v1::SESSION_END_REASON_TERMINATED);
}

TEST_F(MainJobTest, SessionsOfOthersDoNotExistForAPerson) {
  const auto mine = NewSession();
  const auto others = NewSession();
  const std::string& bearer = mine.tokens().access_token();
  EXPECT_EQ(Terminate(others.session_id(), bearer), "NOT_FOUND SESSION_UNKNOWN");
  EXPECT_EQ(Describe(client().GetLineage(others.session_id(), bearer).status),
            "NOT_FOUND SESSION_UNKNOWN");
  EXPECT_TRUE(IsActive(others.tokens().access_token()));
}

TEST_F(MainJobTest, AListOfSessionsComesInPages) {
  const std::string email = NewPerson();
  for (int i = 0; i < 5; ++i) LoginOf(email);
  const std::string bearer = LoginOf(email).tokens().access_token();
  v1::ListSessionsRequest request;
  request.set_page_size(4);
  std::vector<std::string> seen;
  for (int pages = 0; pages < 2; ++pages) {
    const auto page = ServiceClient::Call(
        client().sessions(), &v1::SessionService::Stub::ListSessions, request, {.bearer = bearer});
    ASSERT_EQ(Describe(page.status), "OK");
    for (const auto& session : page.message.sessions()) seen.push_back(session.session_id());
    request.set_page_token(page.message.next_page_token());
    EXPECT_EQ(page.message.next_page_token().empty(), pages == 1);
  }
  EXPECT_THAT(seen, SizeIs(6));
  EXPECT_THAT(std::set<std::string>(seen.begin(), seen.end()), SizeIs(6));
}

//
TEST_F(MainJobTest, LogoutEndsTheSessionAtOnce) {
  const std::string email = NewPerson();
  const auto other = LoginOf(email);
  const auto login = LoginOf(email);
  ASSERT_TRUE(ServiceClient::Call(client().auth(), &v1::AuthService::Stub::Logout,
                                  v1::LogoutRequest(), {.bearer = login.tokens().access_token()})
                  .ok());
  EXPECT_EQ(client().AwaitRefusal(login.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_SESSION);
  EXPECT_EQ(Describe(client().Refresh(login.tokens().refresh_token()).status),
            "UNAUTHENTICATED SESSION_ENDED");
  EXPECT_TRUE(IsActive(other.tokens().access_token()));
}

// and a login in the same second is not caught by it.
TEST_F(MainJobTest, LogoutAllEndsEverySessionAndALoginRightAfterWorks) {
  const std::string email = NewPerson();
  const auto one = LoginOf(email);
  const auto two = LoginOf(email);
  const auto ended =
      ServiceClient::Call(client().auth(), &v1::AuthService::Stub::LogoutAll,
                          v1::LogoutAllRequest(), {.bearer = one.tokens().access_token()});
  ASSERT_EQ(Describe(ended.status), "OK");
  const auto after = LoginOf(email);
  EXPECT_EQ(ended.message.ended_sessions(), 2);
  for (const auto* login : {&one, &two}) {
    EXPECT_NE(client().AwaitRefusal(login->tokens().access_token()),
              v1::INACTIVE_REASON_UNSPECIFIED);
    EXPECT_EQ(Describe(client().Refresh(login->tokens().refresh_token()).status),
              "UNAUTHENTICATED SESSION_ENDED");
  }
  EXPECT_TRUE(IsActive(after.tokens().access_token()));
  EXPECT_EQ(Describe(client().Refresh(after.tokens().refresh_token()).status), "OK");
}

//
TEST_F(MainJobTest, ChangingThePasswordEndsTheOtherSessions) {
  const std::string email = NewPerson();
  const auto other = LoginOf(email);
  const auto mine = LoginOf(email);
  v1::ChangePasswordRequest request;
  request.set_current_password(kPassword);
  request.set_new_password(kOtherPassword);
  ASSERT_EQ(Describe(ServiceClient::Call(client().auth(), &v1::AuthService::Stub::ChangePassword,
                                         request, {.bearer = mine.tokens().access_token()})
                         .status),
            "OK");
  EXPECT_EQ(client().AwaitRefusal(other.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_SESSION);
  EXPECT_TRUE(IsActive(mine.tokens().access_token()));
  EXPECT_EQ(Describe(client().Refresh(mine.tokens().refresh_token()).status), "OK");
  EXPECT_EQ(Describe(client().Login(email, kPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  LoginOf(email, kOtherPassword);
}

// judged here, with nothing of the server but its published keys.
TEST_F(MainJobTest, TheTokenIsWhatItsClaimsSayAndVerifiesOffline) {
  const std::string email = NewPerson();
  v1::LoginRequest request;
  request.set_email(email);
  request.set_password(kPassword);
  request.set_client_id("shop");
  request.set_audience("billing");
  request.add_scopes("email");
  request.add_scopes("orders.read");
  const auto login =
      ServiceClient::Call(client().auth(), &v1::AuthService::Stub::Login, request).message;
  const auto jwks = tests::HttpGet(server().http_port(), "/.well-known/jwks.json");
  ASSERT_EQ(jwks.status, 200);
  auto keys = token::ParseKeySet(jwks.body);
  ASSERT_TRUE(keys.ok()) << keys.status();
  base::Snapshot<token::KeySet> published(std::make_shared<const token::KeySet>(*std::move(keys)));
  base::Snapshot<token::RevocationSet> nothing_revoked(
      std::make_shared<const token::RevocationSet>());
  const token::AccessTokenVerifier verifier({.issuer = "https://id.test.example"}, published,
                                            nothing_revoked);
  const auto verdict = verifier.Verify(login.tokens().access_token(), "billing", absl::Now());
  ASSERT_TRUE(verdict.accepted()) << static_cast<int>(verdict.reason());
  const token::AccessTokenClaims claims = verdict.token().claims().ToClaims();
  EXPECT_THAT(std::string(verdict.token().key_id()),
              ::testing::ContainsRegex("^20[0-9][0-9]-[01][0-9]-[a-z]"));
  EXPECT_EQ(claims.issuer, "https://id.test.example");
  EXPECT_EQ(claims.subject, login.user_id());
  EXPECT_THAT(claims.audiences, ElementsAre("billing"));
  EXPECT_EQ(claims.client_id, "shop");
  EXPECT_THAT(claims.token_id, ::testing::ContainsRegex(kUuidForm));
  EXPECT_EQ(claims.session_id, login.session_id());
  EXPECT_THAT(claims.scopes, ElementsAre("email", "orders.read"));
  EXPECT_EQ(claims.email, email);
  EXPECT_THAT(claims.amr, ElementsAre("pwd"));
  EXPECT_TRUE(claims.auth_time.has_value());
  EXPECT_EQ(claims.expires_at - claims.issued_at, absl::Minutes(15));
  const std::vector<std::string> parts = absl::StrSplit(login.tokens().access_token(), '.');
  EXPECT_THAT(base::Base64UrlDecode(parts[0]).value_or(""), HasSubstr("\"typ\":\"at+jwt\""));

  EXPECT_EQ(verifier.Verify(login.tokens().access_token(), "signet", absl::Now()).reason(),
            token::RejectReason::kAudienceMismatch);
  EXPECT_EQ(client().Validate(login.tokens().access_token()).message.reason(),
            v1::INACTIVE_REASON_AUDIENCE_MISMATCH);
}

// the address is in the token only where it was asked for.
TEST_F(MainJobTest, WithoutTheScopeTheAddressIsNotInTheToken) {
  const auto claims = client().Validate(NewSession().tokens().access_token()).message.claims();
  EXPECT_EQ(claims.email(), "");
  EXPECT_THAT(claims.permissions(), SizeIs(0));
}

// RFC 7009
TEST_F(MainJobTest, ARevokedAccessTokenAloneIsRefused) {
  const auto login = NewSession();
  ASSERT_EQ(Describe(client().Revoke(login.tokens().access_token()).status), "OK");
  EXPECT_EQ(client().AwaitRefusal(login.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_TOKEN);
  const auto next = client().Refresh(login.tokens().refresh_token());
  ASSERT_EQ(Describe(next.status), "OK");
  EXPECT_TRUE(IsActive(next.message.tokens().access_token()));
}

TEST_F(MainJobTest, ARevokedRefreshTokenEndsItsSession) {
  const auto login = NewSession();
  ASSERT_EQ(Describe(client().Revoke(login.tokens().refresh_token()).status), "OK");
  EXPECT_EQ(client().AwaitRefusal(login.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_SESSION);
  EXPECT_EQ(Describe(client().Refresh(login.tokens().refresh_token()).status),
            "UNAUTHENTICATED SESSION_ENDED");
}

TEST_F(MainJobTest, ABatchAnswersInTheOrderOfTheRequest) {
  const std::string good = NewSession().tokens().access_token();
  v1::ValidateBatchRequest request;
  request.set_audience("signet");
  for (int i = 0; i < 300; ++i) request.add_tokens(i % 3 == 0 ? good : "not.a.token");
  const auto answer =
      ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::ValidateBatch, request);
  ASSERT_EQ(Describe(answer.status), "OK");
  ASSERT_THAT(answer.message.results(), SizeIs(300));
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(answer.message.results(i).active(), i % 3 == 0) << i;
  }
}

// there is one first administrator, and no password but the one that was typed.
TEST_F(MainJobTest, TheFirstAdministratorIsMadeOnce) {
  EXPECT_FALSE(AdminToken().empty());
  const auto again = server().RunCommand(
      {"bootstrap", "--email", "second@admin.example", "--password-fd", "3"}, kPassword);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("there is an administrator already"));
  EXPECT_EQ(tests::Sql(database(), "SELECT count(*) FROM signet.users WHERE 'admin' = ANY(roles)"),
            "1\n");
  EXPECT_EQ(Describe(client().Login("second@admin.example", kPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
}

TEST_F(MainJobTest, AnAdministratorIsToldWhyATokenIsRefused) {
  const auto login = NewSession();
  v1::ExplainTokenRequest request;
  request.set_token(login.tokens().access_token());
  request.set_audience("signet");
  const auto explain = [&](const std::string& bearer) {
    return ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::ExplainToken, request,
                               {.bearer = bearer});
  };
  const std::string admin = AdminToken();
  auto explained = explain(admin);
  ASSERT_EQ(Describe(explained.status), "OK");
  EXPECT_TRUE(explained.message.active());
  EXPECT_EQ(explained.message.kind(), v1::ExplainTokenResponse::KIND_ACCESS_TOKEN);
  EXPECT_EQ(explained.message.session_id(), login.session_id());

  ASSERT_TRUE(client().Revoke(login.tokens().access_token()).ok());
  client().AwaitRefusal(login.tokens().access_token());
  explained = explain(admin);
  EXPECT_EQ(explained.message.reason(), v1::INACTIVE_REASON_REVOKED_TOKEN);
  EXPECT_EQ(*explained.message.steps().rbegin(), "failed: the token itself was revoked");
  EXPECT_EQ(Describe(explain(NewSession().tokens().access_token()).status),
            "PERMISSION_DENIED PERMISSION_MISSING tokens.explain");
}

}  // namespace
}  // namespace signet::contract

// R-308, R-607: what the HTTP port offers to clients that know OAuth and to gateways.

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/token/json.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using tests::HttpAnswer;
using RoleStub = v1::AccessService::Stub;

// A member that is a string, or its JSON otherwise; empty where there is none.
std::string Member(const HttpAnswer& answer, const std::string& name) {
  token::JsonReader reader;
  const auto object = reader.ReadObject(answer.body);
  if (!object) return "(no JSON object)";
  simdjson::dom::element element;
  if (object->at_key(name).get(element) != simdjson::SUCCESS) return "";
  if (const auto text = token::JsonString(element)) return std::string(*text);
  return simdjson::minify(element);
}

class OAuthTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<tests::ScratchDirectory>();
    const std::string rules = scratch_->File("authz.yaml");
    scratch_->Write("authz.yaml",
                    "\"/public/\":\n  anonymous: true\n  token: remove\n"
                    "\"/api/\":\n  audience: signet\n"
                    "\"/invoices/\":\n  audience: signet\n  scopes: invoices\n  token: remove\n");
    StartService({{"authz.rules", rules}});
  }

  void SetUp() override {
    if (!account_.empty()) return;
    v1::CreateServiceAccountRequest make;
    make.mutable_service_account()->set_name("reader");
    account_ = Do(&RoleStub::CreateServiceAccount, make).service_account().service_account_id();
    v1::CreateApiKeyRequest request;
    request.set_service_account_id(account_);
    request.mutable_api_key()->set_name("test");
    request.mutable_api_key()->add_scopes("invoices");
    request.mutable_api_key()->add_scopes("reports");
    const auto made = Do(&RoleStub::CreateApiKey, request);
    key_id_ = made.api_key().api_key_id();
    key_ = made.secret();
  }

  template <typename Request, typename Response>
  static Response Do(grpc::Status (RoleStub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                     const Request& request) {
    const auto answer =
        ServiceClient::Call(client().access(), method, request, {.bearer = AdminToken()});
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message;
  }
  static int port() { return server().http_port(); }
  static std::string BasicOf(const std::string& id, const std::string& secret) {
    return "Authorization: Basic " + absl::Base64Escape(absl::StrCat(id, ":", secret));
  }
  static HttpAnswer Token(const std::string& form, const std::vector<std::string>& fields = {}) {
    return tests::HttpPost(port(), "/oauth2/token", form, fields);
  }
  static HttpAnswer Refresh(const std::string& token) {
    return Token("grant_type=refresh_token&refresh_token=" + token);
  }
  static HttpAnswer Introspect(const std::string& token) {
    return tests::HttpPost(port(), "/oauth2/introspect", "token=" + token,
                           {BasicOf("reader", key_)});
  }
  static HttpAnswer Revoke(const std::string& token, const std::string& more = "") {
    return tests::HttpPost(port(), "/oauth2/revoke", "token=" + token + more);
  }
  static HttpAnswer Authz(const std::string& uri, const std::string& token = "") {
    std::vector<std::string> fields = {"X-Forwarded-Method: GET", "X-Forwarded-Uri: " + uri};
    if (!token.empty()) fields.push_back("Authorization: Bearer " + token);
    return tests::HttpGet(port(), "/authz", fields);
  }

  static inline std::unique_ptr<tests::ScratchDirectory> scratch_;
  static inline std::string account_;
  static inline std::string key_id_;
  static inline std::string key_;
};

TEST_F(OAuthTest, DiscoverySaysWhatIsThereAndNoMore) {
  for (const char* path :
       {"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"}) {
    const HttpAnswer answer = tests::HttpGet(port(), path);
    EXPECT_EQ(answer.status, 200);
    const std::string issuer = Member(answer, "issuer");
    EXPECT_EQ(issuer, tests::ServerProcess::DefaultSettings()["tokens.issuer"]);
    for (const auto& [member, place] :
         {std::pair<const char*, const char*>{"jwks_uri", "/.well-known/jwks.json"},
          {"token_endpoint", "/oauth2/token"},
          {"introspection_endpoint", "/oauth2/introspect"},
          {"revocation_endpoint", "/oauth2/revoke"}}) {
      EXPECT_EQ(Member(answer, member), issuer + place);
      EXPECT_NE(tests::HttpGet(port(), place).status, 404) << place;
    }
    EXPECT_EQ(Member(answer, "authorization_endpoint"), "");
    EXPECT_EQ(Member(answer, "grant_types_supported"), R"(["refresh_token","client_credentials"])");
  }
  EXPECT_EQ(Member(tests::HttpGet(port(), "/.well-known/openid-configuration"),
                   "id_token_signing_alg_values_supported"),
            R"(["ES256"])");
}

// One refresh is the same whichever port it comes by: rotation, replay, theft.
TEST_F(OAuthTest, ARefreshRotatesReplaysAndEndsTheSessionOfAStolenToken) {
  const auto session = NewSession();
  const std::string first = session.tokens().refresh_token();
  const HttpAnswer one = Refresh(first);
  ASSERT_EQ(one.status, 200) << one.body;
  EXPECT_EQ(Member(one, "token_type"), "Bearer");
  EXPECT_EQ(one.fields.at("cache-control"), "no-store");
  EXPECT_TRUE(client().Validate(Member(one, "access_token")).message.active());
  EXPECT_EQ(Member(Refresh(first), "refresh_token"), Member(one, "refresh_token"));
  const HttpAnswer two = Refresh(Member(one, "refresh_token"));
  ASSERT_EQ(two.status, 200);
  const HttpAnswer stolen = Refresh(first);
  EXPECT_EQ(stolen.status, 400);
  EXPECT_EQ(Member(stolen, "error"), "invalid_grant");
  EXPECT_EQ(Describe(client().Refresh(Member(two, "refresh_token")).status),
            "UNAUTHENTICATED SESSION_ENDED");
  EXPECT_EQ(Member(Refresh("sgr_made_up"), "error"), "invalid_grant");
}

TEST_F(OAuthTest, ClientCredentialsAreAnApiKeyUnderItsIdOrTheNameOfItsAccount) {
  for (const std::string& id : {key_id_, std::string("reader")}) {
    const HttpAnswer basic = Token("grant_type=client_credentials", {BasicOf(id, key_)});
    ASSERT_EQ(basic.status, 200) << basic.body;
    EXPECT_EQ(Member(basic, "scope"), "invoices reports");
    EXPECT_EQ(Member(basic, "refresh_token"), "");
    EXPECT_EQ(client().Validate(Member(basic, "access_token")).message.claims().subject(),
              account_);
    const HttpAnswer post =
        Token(absl::StrCat("grant_type=client_credentials&client_id=", id, "&client_secret=", key_,
                           "&scope=invoices+more&audience=billing"));
    ASSERT_EQ(post.status, 200) << post.body;
    EXPECT_EQ(Member(post, "scope"), "invoices");
    EXPECT_TRUE(client().Validate(Member(post, "access_token"), "billing").message.active());
  }
}

TEST_F(OAuthTest, AWrongClientIsAlwaysTheSameAnswer) {
  std::string wrong = key_;
  wrong[wrong.size() - 8] = wrong[wrong.size() - 8] == 'A' ? 'B' : 'A';
  for (const std::string& basic : {BasicOf("reader", wrong), BasicOf("somebody-else", key_),
                                   BasicOf("reader", "x"), BasicOf("nobody", "sgk_x")}) {
    const HttpAnswer answer = Token("grant_type=client_credentials", {basic});
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(
        answer.body,
        R"({"error":"invalid_client","error_description":"the client is not authenticated"})");
    EXPECT_EQ(answer.fields.at("www-authenticate"), "Basic realm=\"signet\"");
    EXPECT_EQ(answer.fields.at("cache-control"), "no-store");
  }
  EXPECT_GE(tests::MetricSum(port(), "signet_api_keys_total", "result=\"other_client\""), 1);
  // Whoever claims to be a client must be it, also where none is needed.
  const auto session = NewSession();
  EXPECT_EQ(Token("grant_type=refresh_token&refresh_token=" + session.tokens().refresh_token(),
                  {BasicOf("reader", wrong)})
                .status,
            401);
  EXPECT_EQ(Refresh(session.tokens().refresh_token()).status, 200);
}

TEST_F(OAuthTest, ARequestThatIsNoneIsRefusedByName) {
  const std::string basic = BasicOf("reader", key_);
  const auto error = [](const HttpAnswer& answer) {
    return absl::StrCat(answer.status, " ", Member(answer, "error"));
  };
  EXPECT_EQ(error(Token("")), "400 invalid_request");
  EXPECT_EQ(error(Token("grant_type=password&username=a&password=b")),
            "400 unsupported_grant_type");
  EXPECT_EQ(error(Token("grant_type=refresh_token")), "400 invalid_request");
  EXPECT_EQ(error(Token("grant_type=refresh_token&grant_type=refresh_token&refresh_token=x")),
            "400 invalid_request");
  EXPECT_EQ(error(Token("grant_type=refresh_token&refresh_token=x&scope=a")), "400 invalid_scope");
  EXPECT_EQ(error(Token("grant_type=client_credentials&scope=none.of.these", {basic})),
            "400 invalid_scope");
  EXPECT_EQ(error(Token("grant_type=client_credentials", {basic, basic})), "400 invalid_request");
  EXPECT_EQ(error(Token("grant_type=client_credentials&client_secret=x", {basic})),
            "400 invalid_request");
  EXPECT_EQ(error(Token("grant_type=client_credentials&client_id=other", {basic})),
            "400 invalid_request");
  EXPECT_EQ(error(Token("grant_type=client_credentials")), "401 invalid_client");
  EXPECT_EQ(error(Token("grant_type=client_credentials", {"Authorization: Digest x"})),
            "401 invalid_client");
  EXPECT_EQ(tests::HttpGet(port(), "/oauth2/token").status, 405);
  EXPECT_EQ(Token(std::string(20'000, 'a')).status, 413);
}

TEST_F(OAuthTest, IntrospectionTellsClientsAloneAndOfABadTokenNothing) {
  const auto session = NewSession();
  const std::string token = session.tokens().access_token();
  const HttpAnswer answer = Introspect(token);
  EXPECT_EQ(Member(answer, "active"), "true");
  EXPECT_EQ(Member(answer, "sub"), session.user_id());
  EXPECT_EQ(Member(answer, "aud"), "signet");
  EXPECT_EQ(Member(answer, "token_type"), "Bearer");
  EXPECT_EQ(answer.fields.at("cache-control"), "no-store");
  for (const std::string& bad : {token + "x", std::string("made-up"),
                                 session.tokens().refresh_token(), std::string(9000, 'a')}) {
    EXPECT_EQ(Introspect(bad).body, "{\"active\":false}");
  }
  const std::string service =
      Member(Token("grant_type=client_credentials", {BasicOf(key_id_, key_)}), "access_token");
  const auto by = [&](const std::string& authorization) {
    return tests::HttpPost(port(), "/oauth2/introspect", "token=" + token, {authorization});
  };
  EXPECT_EQ(Member(by("Authorization: Bearer " + service), "active"), "true");
  const HttpAnswer person = by("Authorization: Bearer " + token);
  EXPECT_EQ(person.status, 401);
  EXPECT_THAT(person.fields.at("www-authenticate"), HasSubstr("invalid_token"));
  EXPECT_EQ(tests::HttpPost(port(), "/oauth2/introspect", "token=" + token).status, 401);
}

TEST_F(OAuthTest, ARevokedTokenIsDeadOnBothPorts) {
  const auto session = NewSession();
  EXPECT_EQ(Revoke(session.tokens().access_token(), "&token_type_hint=whatever").status, 200);
  EXPECT_EQ(client().AwaitRefusal(session.tokens().access_token()),
            v1::INACTIVE_REASON_REVOKED_TOKEN);
  EXPECT_EQ(Introspect(session.tokens().access_token()).body, "{\"active\":false}");
  EXPECT_EQ(Revoke(session.tokens().refresh_token()).status, 200);
  EXPECT_EQ(Member(Refresh(session.tokens().refresh_token()), "error"), "invalid_grant");
  for (const std::string& unknown : {std::string("made-up"), session.tokens().refresh_token()}) {
    EXPECT_EQ(Revoke(unknown).status, 200);
  }
  EXPECT_EQ(Revoke("").status, 400);
}

TEST_F(OAuthTest, AGatewayHearsWhoItIs) {
  const auto session = NewSession();
  const std::string token = session.tokens().access_token();
  const HttpAnswer answer = Authz("/api/orders", token);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.fields.at("x-signet-subject"), session.user_id());
  EXPECT_EQ(answer.fields.at("authorization"), "Bearer " + token);
  EXPECT_EQ(Authz("/api/orders").status, 401);
  EXPECT_EQ(Authz("/public/x").status, 200);
  EXPECT_EQ(Authz("/public/..%2fapi/x", token).status, 403);
  EXPECT_EQ(Authz("/invoices/1", token).status, 403);
  const std::string service =
      Member(Token("grant_type=client_credentials", {BasicOf("reader", key_)}), "access_token");
  const HttpAnswer invoices = Authz("/invoices/1", service);
  EXPECT_EQ(invoices.status, 200);
  EXPECT_EQ(invoices.fields.at("x-signet-client"), "reader");
  EXPECT_EQ(invoices.fields.at("authorization"), "");
}

// R-601, R-505: what is logged of a request names the route and no secret.
TEST_F(OAuthTest, RequestsAreLoggedByRouteWithoutWhatTheyCarry) {
  const auto session = NewSession();
  (void)Refresh(session.tokens().refresh_token());
  (void)tests::HttpGet(port(), "/canary-path?token=canary-query");
  // Lines are written by a thread of their own.
  tests::Eventually(absl::Seconds(30),
                    [] { return absl::StrContains(server().log(), "\"method\":\"GET other\""); });
  const std::string log = server().log();
  EXPECT_THAT(log, HasSubstr("\"method\":\"POST /oauth2/token\",\"code\":\"200\""));
  EXPECT_THAT(log, HasSubstr("\"method\":\"GET other\",\"code\":\"404\""));
  EXPECT_THAT(log, Not(HasSubstr("canary-")));
  EXPECT_THAT(log, Not(HasSubstr(session.tokens().refresh_token())));
}

}  // namespace
}  // namespace signet::contract

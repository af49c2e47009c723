// /authz, as a gateway asks it.

#include <memory>
#include <string>

#include "client/token/token_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/domain/fakes/fake_gateway_observer.h"
#include "server/http/authz/authz_endpoint.h"

namespace signet::http {
namespace {

using ::testing::HasSubstr;

std::string FieldOf(const Reply& reply, absl::string_view name) {
  for (const Field& field : reply.fields) {
    if (field.name == name) return field.value;
  }
  return "(absent)";
}

class AuthzTest : public ::testing::Test {
 protected:
  AuthzTest() {
    auto rules = domain::AuthzRules::Make({{"/public/", "anonymous", "true", 1},
                                           {"/public/", "token", "remove", 2},
                                           {"/api/", "audience", "api", 3},
                                           {"/bare/", "audience", "api", 4},
                                           {"/bare/", "token", "remove", 5},
                                           {"/scoped/", "audience", "api", 6},
                                           {"/scoped/", "scopes", "openid orders", 7},
                                           {"/other/", "audience", "somebody-else", 8},
                                           {"/admin/", "audience", "api", 9},
                                           {"/admin/", "permissions", "keys.manage", 10}});
    EXPECT_TRUE(rules.ok()) << rules.status();
    judge_ = std::make_unique<domain::JudgeRequest>(*std::move(rules), validate_, counted_, nullptr,
                                                    "session");
    endpoint_ = std::make_unique<AuthzEndpoint>(*judge_);
  }

  static Request Ask(const std::string& uri, const std::string& authorization = "") {
    Request request;
    request.method = Method::kGet;
    request.call.now = token::At(1500);
    request.fields = {{"x-forwarded-method", "GET"}, {"x-forwarded-uri", uri}};
    if (!authorization.empty()) request.fields.push_back({"authorization", authorization});
    return request;
  }
  int StatusOf(const Request& request) { return endpoint_->Answer(request).status; }

  base::Snapshot<token::KeySet> keys_{
      std::make_shared<token::KeySet>(token::SetOf("k1", token::TestKey()))};
  base::Snapshot<token::RevocationSet> revocations_{
      token::RevocationSet().With({}, token::At(1450), token::At(1450))};
  token::AccessTokenVerifier verifier_{{.issuer = "https://id.example.com"}, keys_, revocations_};
  domain::ValidateToken validate_{verifier_, keys_, revocations_, {}};
  domain::FakeGatewayObserver counted_;
  std::unique_ptr<domain::JudgeRequest> judge_;
  std::unique_ptr<AuthzEndpoint> endpoint_;
  const std::string bearer_ =
      "Bearer " + token::SignClaims(token::TestKey(), "k1", token::SomeClaims());
};

//
TEST_F(AuthzTest, AGoodTokenPassesAndSaysWhoItIs) {
  const Reply reply = endpoint_->Answer(Ask("/api/orders?x=/../public/", bearer_));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(FieldOf(reply, "x-signet-subject"), "user-1");
  EXPECT_EQ(FieldOf(reply, "x-signet-client"), "web");
  EXPECT_EQ(FieldOf(reply, "x-signet-session"), "session-1");
  EXPECT_EQ(FieldOf(reply, "x-signet-scope"), "openid email");
  EXPECT_EQ(FieldOf(reply, "x-signet-permissions"), "users.read");
  EXPECT_EQ(FieldOf(reply, "authorization"), bearer_);
  EXPECT_EQ(FieldOf(reply, "x-signet-revocation-as-of"), "1970-01-01T00:24:10+00:00");
  EXPECT_EQ(counted_.Count(domain::GatewayResult::kAllowed), 1u);
}

// a gateway that copies the fields overwrites what the client made up.
TEST_F(AuthzTest, EveryIdentityFieldIsThereForNobodyToo) {
  Request request = Ask("/public/x", bearer_);
  request.fields.push_back({"x-signet-subject", "made-up"});
  const Reply reply = endpoint_->Answer(request);
  EXPECT_EQ(reply.status, 200);
  for (const char* name : {"x-signet-subject", "x-signet-client", "x-signet-session",
                           "x-signet-scope", "x-signet-permissions", "authorization"}) {
    EXPECT_EQ(FieldOf(reply, name), "") << name;
  }
}

TEST_F(AuthzTest, TheTokenIsRemovedWhereTheRuleSaysSo) {
  Request request = Ask("/bare/x", bearer_);
  request.fields.push_back({"cookie", "a=b; session=sgs_x"});
  request.fields.push_back({"Cookie", "c=d"});
  const Reply reply = endpoint_->Answer(request);
  EXPECT_EQ(FieldOf(reply, "authorization"), "");
  EXPECT_EQ(FieldOf(reply, "cookie"), "a=b; c=d");
}

// What is not to be removed goes on as it came: gateways copy it over the client's.
TEST_F(AuthzTest, CookiesAreSentOn) {
  Request request = Ask("/api/x", bearer_);
  request.fields.push_back({"cookie", "a=b;session=sgs_x"});
  EXPECT_EQ(FieldOf(endpoint_->Answer(request), "cookie"), "a=b; session=sgs_x");
  EXPECT_EQ(FieldOf(endpoint_->Answer(Ask("/api/x", bearer_)), "cookie"), "");
}

TEST_F(AuthzTest, NoTokenOrABadOneIsToldApart) {
  const Reply none = endpoint_->Answer(Ask("/api/x"));
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(FieldOf(none, "WWW-Authenticate"), "Bearer realm=\"signet\"");
  EXPECT_EQ(StatusOf(Ask("/api/x", "Basic eDp5")), 401);
  const Reply bad = endpoint_->Answer(Ask("/api/x", bearer_ + "x"));
  EXPECT_EQ(bad.status, 401);
  EXPECT_THAT(FieldOf(bad, "WWW-Authenticate"), HasSubstr("invalid_token"));
  EXPECT_EQ(StatusOf(Ask("/other/x", bearer_)), 401);  // for another audience
}

TEST_F(AuthzTest, AMissingScopeOrPermissionIsForbidden) {
  const Reply scope = endpoint_->Answer(Ask("/scoped/x", bearer_));
  EXPECT_EQ(scope.status, 403);
  EXPECT_THAT(FieldOf(scope, "WWW-Authenticate"), HasSubstr("scope=\"openid orders\""));
  EXPECT_EQ(StatusOf(Ask("/admin/x", bearer_)), 403);
  EXPECT_EQ(StatusOf(Ask("/nowhere", bearer_)), 403);
  EXPECT_EQ(counted_.Count(domain::GatewayResult::kScopeMissing), 2u);
  EXPECT_EQ(counted_.Count(domain::GatewayResult::kNoRule), 1u);
}

// what some upstream would serve from another rule is served from none.
TEST_F(AuthzTest, APathThatLeadsElsewhereForSomeServerIsForbidden) {
  for (const char* path :
       {"/public/../admin/x", "/public/%2e%2e/admin/x", "/public/..%2fadmin/x",
        "/public/..%252fadmin/x", "/public/..;/admin/x", "/public/..\\admin/x",
        "/admin/../public/x", "/public/%2e%2e%2f%2e%2e/admin/x", "//public/x", "public/x",
        "http://a/public/x", "/public/x#y", "/public/%00", "/public/%zz"}) {
    EXPECT_EQ(StatusOf(Ask(path)), 403) << path;
    EXPECT_EQ(StatusOf(Ask(path, bearer_)), 403) << path;
  }
  EXPECT_EQ(StatusOf(Ask("/public/a%2Fb/../c//d;e")), 200);  // every reading stays below /public/
}

TEST_F(AuthzTest, DoubledOrRemovedFieldsAreForbidden) {
  Request twice = Ask("/api/x", bearer_);
  twice.fields.push_back({"authorization", bearer_});
  EXPECT_EQ(StatusOf(twice), 403);
  for (const char* option : {"Authorization", "close, X-Signet-Subject", "x-forwarded-uri"}) {
    Request removed = Ask("/api/x", bearer_);
    removed.fields.push_back({"connection", option});
    EXPECT_EQ(StatusOf(removed), 403) << option;
  }
  Request harmless = Ask("/api/x", bearer_);
  harmless.fields.push_back({"connection", "keep-alive, te"});
  EXPECT_EQ(StatusOf(harmless), 200);
}

TEST_F(AuthzTest, AGatewayThatDoesNotSayWhatItAsksAboutIsRefused) {
  EXPECT_EQ(StatusOf(Ask("")), 400);
  Request two = Ask("/public/x");
  two.fields.push_back({"x-forwarded-uri", "/public/y"});
  EXPECT_EQ(StatusOf(two), 400);
  Request no_method = Ask("/public/x");
  no_method.fields.erase(no_method.fields.begin());
  EXPECT_EQ(StatusOf(no_method), 400);
  Request hosts = Ask("/public/x");
  hosts.fields.push_back({"x-forwarded-host", "a, b"});
  EXPECT_EQ(StatusOf(hosts), 400);
}

}  // namespace
}  // namespace signet::http

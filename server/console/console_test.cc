// The pages and forms, without a server: what is asked for, and what is answered.

#include "server/console/console.h"

#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/token/token_fixture.h"
#include "server/observe/grpc_metrics.h"
#include "server/observe/metric_sources.h"
#include "server/observe/token_metrics.h"
#include "server/rpc/status_mapping.h"
#include "signet/v1/auth_service.pb.h"

namespace signet::console {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kUser[] = "0191e4a0-0000-7000-8000-000000000001";
constexpr char kSession[] = "0191e4a0-0000-7000-8000-000000000002";
constexpr char kScript[] = "<script>alert(1)</script>";

class ConsoleTest : public ::testing::Test {
 protected:
  ConsoleTest() {
    sources_.Add(grpc_);
    sources_.Add(tokens_);
    history_.Tick(token::At(1090));
    grpc_.method(0).Handled(0, 2'000'000);
    history_.Tick(token::At(1095));
    Facts facts{.replica = kScript,
                .version = "1",
                .started = token::At(1000),
                .rotate_after = absl::Seconds(1000)};
    facts.keys = [this] { return keys_; };
    facts.verifiers = [this](absl::Time) { return standing_; };
    facts.database_answers = [] { return true; };
    facts.problem = [] { return ""; };
    console_ = std::make_unique<Console>(
        Console::Uses{history_, facts,
                      [this](absl::string_view token, absl::Time now) { return Judge(token, now); },
                      [this](rpc::OutsideRequest request, rpc::OutsideDone done) {
                        asked_ = std::move(request);
                        done(std::move(answer_));
                      }},
        Browsers::kPlain);
  }

  absl::StatusOr<domain::Caller> Judge(absl::string_view token, absl::Time now) const {
    const token::Verdict verdict = verifier_.VerifyForIssuer(token, now);
    if (!verdict.accepted()) return absl::UnauthenticatedError("no");
    return domain::Caller::From(verdict.token());
  }
  static std::string Token(const std::string& permission = "console.read") {
    token::AccessTokenClaims claims = token::SomeClaims();
    claims.subject = kUser;
    claims.session_id = kSession;
    claims.permissions = {permission};
    return token::SignClaims(token::TestKey(), "k", claims);
  }
  static http::Request Request(const std::string& path, const std::string& token) {
    http::Request request;
    request.method = http::Method::kGet;
    request.path = path;
    request.call.now = token::At(1100);
    request.call.peer.address = "192.0.2.1";
    if (!token.empty()) request.fields.push_back({"cookie", "signet-console=" + token});
    return request;
  }
  http::Reply Get(const std::string& path, const std::string& token = Token()) const {
    return console_->Answer(Request(path, token));
  }
  // By the routes, as the port would.
  http::Reply Post(const std::string& path, const std::string& body,
                   const std::string& site = "same-origin", const std::string& token = "") {
    http::Request request = Request(path, token);
    request.method = http::Method::kPost;
    request.body = body;
    request.fields.push_back({"content-type", "application/x-www-form-urlencoded"});
    request.fields.push_back({"sec-fetch-site", site});
    request.fields.push_back({"user-agent", "Mozilla"});
    std::optional<http::Reply> given;
    for (const http::Route& route : console_->Routes()) {
      if (route.path != path) continue;
      route.answer_later(request, [&](http::Reply reply) { given = std::move(reply); });
    }
    return given.value_or(http::Reply{.status = 0});
  }
  void Refuse(const absl::Status& status) {
    answer_ = {rpc::ToPublicError(status).status, "", {{"x-request-id", "r-1"}}, true};
  }
  static std::string FieldOf(const http::Reply& reply, absl::string_view name) {
    for (const auto& field : reply.fields) {
      if (field.name == name) return field.value;
    }
    return "(absent)";
  }

  observe::GrpcMetrics grpc_{
      std::vector<observe::GrpcMetrics::Method>{{"signet.v1.AuthService", "Login"}}};
  observe::TokenMetrics tokens_;
  observe::MetricSources sources_;
  History history_{sources_};
  base::Snapshot<token::KeySet> key_set_{
      std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey()))};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<const token::RevocationSet>()};
  const token::AccessTokenVerifier verifier_{{"https://id.example.com"}, key_set_, revocations_};
  absl::StatusOr<std::vector<domain::SigningKeyRecord>> keys_ =
      std::vector<domain::SigningKeyRecord>{};
  absl::StatusOr<domain::KeySetStanding> standing_ = domain::KeySetStanding{};
  rpc::OutsideRequest asked_;
  rpc::OutsideAnswer answer_;
  std::unique_ptr<Console> console_;
};

TEST_F(ConsoleTest, WithoutASessionThereIsAFormAndNothingElse) {
  for (const char* path : {"/console", "/console/keys", "/console/no-such"}) {
    for (const std::string& token : {std::string(), std::string("a.b.c"), Token() + "x"}) {
      const http::Reply reply = Get(path, token);
      EXPECT_EQ(reply.status, 401);
      EXPECT_EQ(FieldOf(reply, "WWW-Authenticate"), "Bearer realm=\"signet\"");
      EXPECT_THAT(reply.body, HasSubstr("action=\"/console/login\""));
      EXPECT_THAT(reply.body, Not(HasSubstr("<nav")));
      EXPECT_THAT(reply.body, Not(HasSubstr("Replica")));  // host and process are no stranger's
    }
  }
}

// numbers about everybody are for those whose role says so.
TEST_F(ConsoleTest, WithoutThePermissionNoPageIsShown) {
  for (const char* path : {"/console", "/console/keys", "/console/no-such"}) {
    const http::Reply reply = Get(path, Token("keys.read"));
    EXPECT_EQ(reply.status, 403);
    EXPECT_THAT(reply.body, HasSubstr("console.read"));
    EXPECT_THAT(reply.body, Not(HasSubstr("class=\"chart\"")));
    EXPECT_THAT(reply.body, Not(HasSubstr("Replica")));
  }
}

TEST_F(ConsoleTest, APageIsNeverCachedFramedOrScripted) {
  const http::Reply reply = Get("/console");
  EXPECT_EQ(reply.status, 200);
  const std::string sent = http::Serialize(reply, http::Method::kGet, http::Transport::kTls,
                                           http::Persistence::kKeepAlive);
  for (const char* field :
       {"Cache-Control: no-store\r\n", "X-Frame-Options: DENY\r\n", "Refresh: 5\r\n",
        "Referrer-Policy: same-origin\r\n", "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action "
        "'self'; base-uri 'none'; frame-ancestors 'none'\r\n",
        "X-Content-Type-Options: nosniff\r\n"}) {
    EXPECT_THAT(sent, HasSubstr(field));
  }
  EXPECT_THAT(reply.body, Not(HasSubstr("<script")));
  EXPECT_THAT(reply.body, Not(HasSubstr("style=")));
  EXPECT_THAT(reply.body, HasSubstr("/console/rpc/AuthService/Login"));
}

TEST_F(ConsoleTest, EveryPageIsThereAndARefreshCanBePaused) {
  for (const char* path : {"/console", "/console/validation", "/console/refresh", "/console/logins",
                           "/console/keys", "/console/database", "/console/capacity",
                           "/console/replicas", "/console/rpc/AuthService/Login"}) {
    http::Request request = Request(path, Token());
    request.query = "live=off";
    const http::Reply reply = console_->Answer(request);
    EXPECT_EQ(reply.status, 200) << path;
    EXPECT_EQ(FieldOf(reply, "Refresh"), "(absent)");
    EXPECT_THAT(reply.body, HasSubstr("Paused"));
  }
  for (const char* path : {"/console/", "/console/x", "/console/rpc/AuthService/No",
                           "/console/rpc/AuthService", "/console/rpc//"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
}

// What services, machines and people are called is theirs to choose.
TEST_F(ConsoleTest, NoNameIsMarkup) {
  standing_->version = 2;
  standing_->verifiers = {{"id", kScript, 1, kScript, token::At(1099)}};
  domain::SigningKeyRecord key;
  key.kid = kScript;
  key.algorithm = "ES256";
  key.created_at = token::At(500);
  keys_ = std::vector<domain::SigningKeyRecord>{key};
  for (const char* path : {"/console/keys", "/console/replicas"}) {
    const http::Reply reply = Get(path);
    EXPECT_THAT(reply.body, Not(HasSubstr("<script"))) << path;
    EXPECT_THAT(reply.body, HasSubstr("&lt;script&gt;alert(1)")) << path;
  }
  EXPECT_THAT(Get("/console/keys").body, HasSubstr("⚠ not yet"));
  EXPECT_THAT(Get("/console/rpc/<script>/x").body, Not(HasSubstr("<script")));
}

TEST_F(ConsoleTest, TheKeyThatSignsSaysForHowLongStill) {
  domain::SigningKeyRecord key;
  key.kid = "2026-11-a";
  key.algorithm = "ES256";
  key.state = domain::KeyState::kActive;
  key.created_at = token::At(500);
  key.activated_at = token::At(600);
  keys_ = std::vector<domain::SigningKeyRecord>{key};
  const std::string page = Get("/console/keys").body;
  EXPECT_THAT(page, HasSubstr("in 8 min 20 s"));  // 600 s + 1000 s - 1100 s
  EXPECT_THAT(page, HasSubstr("✓ active: signs"));
}

TEST_F(ConsoleTest, WithoutTheDatabaseTheRestOfAPageIsThere) {
  keys_ = absl::UnavailableError("down");
  standing_ = absl::UnavailableError("down");
  EXPECT_THAT(Get("/console/keys").body, HasSubstr("not at hand"));
  EXPECT_THAT(Get("/console/keys").body, HasSubstr("class=\"chart\""));
  EXPECT_EQ(Get("/console/replicas").status, 200);
}

TEST_F(ConsoleTest, ALoginIsTheCallOfTheRpcAndItsTokenTheCookie) {
  v1::LoginResponse response;
  response.mutable_tokens()->set_access_token("a.b.c");
  response.mutable_tokens()->set_refresh_token("sgr_secret");
  response.mutable_tokens()->mutable_expires_in()->set_seconds(300);
  answer_.message = response.SerializeAsString();
  answer_.ran = true;
  const http::Reply reply =
      Post("/console/login", "email=ada%40people.example&password=p%C3%A4ss+w%26rd");
  EXPECT_EQ(reply.status, 303);
  EXPECT_EQ(FieldOf(reply, "Location"), "/console");
  EXPECT_EQ(FieldOf(reply, "Set-Cookie"), SetCookie("a.b.c", absl::Minutes(5), Browsers::kPlain));
  EXPECT_EQ(reply.logged, http::Reply::Logged::kElsewhere);
  v1::LoginRequest asked;
  ASSERT_TRUE(asked.ParseFromString(asked_.message));
  EXPECT_EQ(asked_.method, "signet.v1.AuthService/Login");
  EXPECT_EQ(asked_.caller, "192.0.2.1");
  EXPECT_EQ(asked.email(), "ada@people.example");
  EXPECT_EQ(asked.password(), "päss w&rd");
  EXPECT_EQ(asked.client_id(), "signet-console");
}

TEST_F(ConsoleTest, ATokenThatIsTooLargeForACookieIsToldInstead) {
  v1::LoginResponse response;
  response.mutable_tokens()->set_access_token(std::string(kLargestCookieToken + 1, 'a'));
  answer_.message = response.SerializeAsString();
  const http::Reply reply = Post("/console/login", "email=a&password=b");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(FieldOf(reply, "Set-Cookie"), "(absent)");
}

TEST_F(ConsoleTest, ASecondFactorIsAskedForAndCarriesTheChallenge) {
  v1::LoginResponse response;
  response.mutable_mfa_challenge()->set_challenge("sgm_\"x");
  answer_.message = response.SerializeAsString();
  const http::Reply form = Post("/console/login", "email=a&password=b");
  EXPECT_EQ(form.status, 200);
  EXPECT_THAT(form.body, HasSubstr("name=\"challenge\" value=\"sgm_&quot;x\""));
  EXPECT_EQ(FieldOf(form, "Set-Cookie"), "(absent)");

  v1::CompleteMfaResponse completed;
  completed.mutable_tokens()->set_access_token("a.b.c");
  answer_ = {};
  answer_.message = completed.SerializeAsString();
  EXPECT_EQ(Post("/console/login", "challenge=sgm_x&code=+123456").status, 303);
  v1::CompleteMfaRequest asked;
  ASSERT_TRUE(asked.ParseFromString(asked_.message));
  EXPECT_EQ(asked_.method, "signet.v1.AuthService/CompleteMfa");
  EXPECT_EQ(asked.code(), "123456");
  answer_ = {};
  Post("/console/login", "challenge=sgm_x&code=ABCD-EFGH");
  ASSERT_TRUE(asked.ParseFromString(asked_.message));
  EXPECT_EQ(asked.recovery_code(), "ABCD-EFGH");
}

TEST_F(ConsoleTest, ARefusalIsTheFormAgainWithItsReasonAndNoMarkup) {
  Refuse(base::MakeError(absl::StatusCode::kUnauthenticated, "CREDENTIALS_INVALID", "x"));
  http::Reply reply =
      Post("/console/login", "email=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&password=b");
  EXPECT_EQ(reply.status, 401);
  EXPECT_THAT(reply.body, HasSubstr("E-mail or password is wrong."));
  EXPECT_THAT(reply.body, HasSubstr("value=\"&quot;&gt;&lt;script&gt;"));
  EXPECT_THAT(reply.body, Not(HasSubstr("<script")));
  EXPECT_EQ(FieldOf(reply, "X-Request-Id"), "r-1");
  Refuse(base::WithRetryAfter(
      base::MakeError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED", "too many"),
      absl::Milliseconds(2500)));
  reply = Post("/console/login", "email=a&password=b");
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(FieldOf(reply, "Retry-After"), "3");
}

TEST_F(ConsoleTest, AFormThatIsNotOursReachesNoRpc) {
  EXPECT_EQ(Post("/console/login", "email=a&password=b", "cross-site").status, 403);
  EXPECT_EQ(Post("/console/logout", "", "cross-site", Token()).status, 403);
  EXPECT_EQ(Post("/console/login", "email=%C3&password=b").status, 400);
  EXPECT_EQ(Post("/console/login", "email=a&email=b").status, 400);
  EXPECT_EQ(asked_.method, "");
}

TEST_F(ConsoleTest, LoggingOutEndsTheSessionAndDropsTheCookie) {
  http::Reply reply = Post("/console/logout", "", "same-origin", "a.b.c");
  EXPECT_EQ(asked_.method, "signet.v1.AuthService/Logout");
  ASSERT_EQ(asked_.fields.back().first, "authorization");
  EXPECT_EQ(asked_.fields.back().second, "Bearer a.b.c");
  EXPECT_EQ(reply.status, 303);
  EXPECT_EQ(FieldOf(reply, "Set-Cookie"), ClearCookie(Browsers::kPlain));
  Refuse(base::StorageUnavailable(absl::Seconds(1)));
  reply = Post("/console/logout", "", "same-origin", "a.b.c");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(FieldOf(reply, "Set-Cookie"), "(absent)");
}

}  // namespace
}  // namespace signet::console

// the configurations of deploy/gateways with the real gateways, in front of an upstream that
// shows what reached it.

#include <csignal>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/clients/client_fixture.h"
#include "tests/clients/upstream.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"

namespace signet::clients {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::HttpAnswer;

constexpr char kRules[] =
    "\"/public/\":\n  anonymous: true\n"
    "\"/api/\":\n  audience: signet\n"
    "\"/bare/\":\n  audience: signet\n  token: remove\n"
    "\"POST /api/invoices\":\n  audience: signet\n  scopes: invoices\n"
    "\"/admin/\":\n  audience: nobody\n"
    "\"/signet.v1.TokenService/\":\n  audience: signet\n";

class GatewaysTest : public ClientFixture {
 protected:
  static void SetUpTestSuite() { StartService(kRules); }

  // A file of deploy/gateways with the addresses of this test.
  std::string Adapted(const std::string& file) const {
    return absl::StrReplaceAll(
        tests::ReadFile(absl::StrCat(SIGNET_SOURCE_DIR, "/deploy/gateways/", file)),
        {{"127.0.0.1:7421", absl::StrCat("127.0.0.1:", http_port())},
         {"127.0.0.1:8080", absl::StrCat("127.0.0.1:", upstream_.port())},
         {":8088", absl::StrCat(":", port_)},
         {"port_value: 7420", absl::StrCat("port_value: ", server().grpc_port())},
         {"port_value: 7421", absl::StrCat("port_value: ", http_port())},
         {"port_value: 8080", absl::StrCat("port_value: ", upstream_.port())},
         {"port_value: 8088", absl::StrCat("port_value: ", port_)},
         {"/etc/haproxy/", scratch().path() + "/"}});
  }
  void Run(const std::vector<std::string>& arguments,
           const std::map<std::string, std::string>& environment = {}) {
    tests::Command command;
    command.arguments = arguments;
    command.environment = environment;
    command.environment.emplace("HOME", scratch().path());
    gateway_ = std::make_unique<tests::BackgroundProgram>(command, scratch().File("gateway.out"));
    ASSERT_TRUE(tests::Eventually(absl::Seconds(20), [&] {
      return tests::HttpGet(port_, "/public/").status == 200;
    })) << gateway_->output();
  }
  // The target goes out as it stands.
  HttpAnswer Ask(const std::string& target, const std::string& token = "",
                 std::vector<std::string> fields = {}) const {
    if (!token.empty()) fields.push_back("Authorization: Bearer " + token);
    return tests::HttpGet(port_, target, fields);
  }
  void DecidesAsItShould();
  void LetsNoTrickThrough();
  // By what an application may take the request for another one, it gets nothing of the client's.
  void HandsOnNothingUnjudged();
  // Of a gateway that passes on what a client has taken away by Connection.
  void KnowsWhoTakesAway();

  Upstream upstream_;
  const int port_ = tests::FreePort();
  std::unique_ptr<tests::BackgroundProgram> gateway_;
};

std::string Lower(const HttpAnswer& answer) { return absl::AsciiStrToLower(answer.body); }

void GatewaysTest::DecidesAsItShould() {
  const auto session = NewSession();
  const std::string token = session.tokens().access_token();

  const HttpAnswer passed = Ask("/api/orders?x=1", token);
  EXPECT_EQ(passed.status, 200);
  EXPECT_THAT(passed.body, HasSubstr("GET /api/orders?x=1 HTTP/1.1"));
  EXPECT_THAT(Lower(passed), HasSubstr("x-signet-subject: " + session.user_id()));
  EXPECT_THAT(passed.body, HasSubstr("Bearer " + token));
  EXPECT_THAT(Ask("/bare/x", token).body, Not(HasSubstr(token)));
  // Nor does the session token of an old client's cookie, where none is to be sent on.
  const std::vector<std::string> cookies = {"Cookie: a=b; session=sgs_x; c=d"};
  EXPECT_THAT(Ask("/bare/x", token, cookies).body, HasSubstr("ookie: a=b; c=d\r\n"));
  EXPECT_THAT(Ask("/api/x", token, cookies).body, HasSubstr("ookie: a=b; session=sgs_x; c=d\r\n"));

  const HttpAnswer none = Ask("/api/orders");
  EXPECT_EQ(none.status, 401);
  EXPECT_THAT(none.fields.at("www-authenticate"), HasSubstr("Bearer"));
  EXPECT_EQ(Ask("/api/orders", token + "x").status, 401);
  EXPECT_EQ(Ask("/nowhere").status, 403);
  EXPECT_EQ(Ask("/admin/x", token).status, 401);
  EXPECT_EQ(
      tests::HttpPost(port_, "/api/invoices", "a=b", {"Authorization: Bearer " + token}).status,
      403);
  EXPECT_THAT(Lower(tests::HttpPost(port_, "/api/x", "a=b", {"Authorization: Bearer " + token})),
              HasSubstr("post /api/x http/1.1"));
}

// What a client makes up, or has taken away on the way, reaches no upstream.
void GatewaysTest::LetsNoTrickThrough() {
  const auto session = NewSession();
  const std::string token = session.tokens().access_token();
  const std::vector<std::string> made_up = {"X-Signet-Subject: somebody-else",
                                            "X-Signet-Scope: everything",
                                            "x-signet-permissions: users.manage",
                                            "X_Signet_Subject: somebody-else",
                                            "X-Signet_Subject: somebody-else",
                                            "X_Signet-Subject: somebody-else",
                                            "X-Forwarded-Uri: /public/",
                                            "X-Forwarded-Method: OPTIONS",
                                            "X-Original-Uri: /public/"};
  const std::string anonymous = Lower(Ask("/public/x", "", made_up));
  EXPECT_THAT(anonymous, HasSubstr("get /public/x http/1.1"));
  for (const char* word : {"somebody-else", "everything", "users.manage"}) {
    EXPECT_THAT(anonymous, Not(HasSubstr(word)));
  }
  const std::string person = Lower(Ask("/api/x", token, made_up));
  EXPECT_THAT(person, HasSubstr("x-signet-subject: " + session.user_id()));
  EXPECT_THAT(person, Not(HasSubstr("somebody-else")));

  const int before = upstream_.requests();
  EXPECT_EQ(Ask("/api/x", "", made_up).status, 401);  // X-Forwarded-Uri is the gateway's to say
  for (const char* target :
       {"/public/../admin/x", "/public/%2e%2e/admin/x", "/public/..%2fadmin/x",
        "/public/..%252fadmin/x", "/public/..;/admin/x", "/public/..%5cadmin/x", "//admin/x",
        "/public/a;%2Fz/..%2F..%2Fadmin/x", "/public/x%2Fy/../..%2Fadmin/x",
        "/public/%2e%2e%2fapi/x", "/admin/../public/../api/x"}) {
    const int status = Ask(target).status;
    EXPECT_TRUE(status == 401 || status == 403 || status == 400 || status == 404 ||
                (status >= 301 && status <= 308))
        << target << ": " << status;
  }
  const std::string other = NewSession().tokens().access_token();
  const int doubled = Ask("/api/x", token, {"Authorization: Bearer " + other}).status;
  EXPECT_TRUE(doubled == 400 || doubled == 403) << doubled;
  for (const char* name : {"X-Original-URL", "X-Rewrite-URL"}) {
    EXPECT_EQ(Ask("/public/x", "", {absl::StrCat(name, ": /admin/x")}).status, 403) << name;
  }
  EXPECT_EQ(Ask("/api/invoices", token, {"X-HTTP-Method-Override: POST"}).status, 403);
  EXPECT_EQ(Ask("/api/invoices", token, {"X-HTTP-Method-Override: POST, x"}).status, 403);
  EXPECT_EQ(upstream_.requests(), before);
}

void GatewaysTest::HandsOnNothingUnjudged() {
  const std::vector<std::string> fields = {"X-Forwarded-For: liar",
                                           "X-Forwarded-Host: liar",
                                           "X-Forwarded-Proto: liar",
                                           "X-Forwarded-Port: liar",
                                           "X-Forwarded-Server: liar",
                                           "X-Forwarded-Prefix: /liar",
                                           "X-Forwarded-Path: /liar",
                                           "X-Forwarded-Uri: /liar",
                                           "X-Forwarded-Method: LIAR",
                                           "X-Original-Host: liar",
                                           "X-Host: liar",
                                           "Forwarded: host=liar",
                                           "X_Forwarded_Host: liar",
                                           "X-Forwarded_Host: liar",
                                           "X_Original_URL: /admin/liar",
                                           "X-Original_URL: /admin/liar",
                                           "X_HTTP_Method_Override: LIAR",
                                           "X-HTTP-Method_Override: LIAR"};
  const std::string passed = Lower(Ask("/public/x", "", fields));
  EXPECT_THAT(passed, HasSubstr("get /public/x http/1.1"));
  EXPECT_THAT(passed, HasSubstr("x-forwarded-host: "));
  EXPECT_THAT(passed, HasSubstr("x-forwarded-for: 127.0.0.1\r\n"));
  EXPECT_THAT(passed, Not(HasSubstr("liar")));
}

void GatewaysTest::KnowsWhoTakesAway() {
  const std::string token = NewSession().tokens().access_token();
  const int before = upstream_.requests();
  for (const char* option : {"Authorization", "X-Signet-Subject", "te, X-Forwarded-Uri"}) {
    const std::string request =
        absl::StrCat("GET /api/x HTTP/1.1\r\nHost: localhost\r\nConnection: close, ", option,
                     "\r\nAuthorization: Bearer ", token, "\r\n\r\n");
    EXPECT_EQ(tests::HttpExchange(port_, request).status, 400) << option;
  }
  EXPECT_EQ(upstream_.requests(), before);
}

TEST_F(GatewaysTest, Nginx) {
  const std::string config = scratch().Write(
      "nginx.conf",
      absl::StrCat("daemon off;\nmaster_process off;\npid ", scratch().File("nginx.pid"),
                   ";\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n",
                   Adapted("nginx.conf"), "}\n"));
  Run({"/usr/sbin/nginx", "-p", scratch().path(), "-e", "stderr", "-c", config});
  DecidesAsItShould();
  LetsNoTrickThrough();
  HandsOnNothingUnjudged();
  KnowsWhoTakesAway();
}

TEST_F(GatewaysTest, HaProxy) {
  scratch().Write("signet-authz.lua", Adapted("signet-authz.lua"));
  Run({"/usr/sbin/haproxy", "-db", "-f", scratch().Write("haproxy.cfg", Adapted("haproxy.cfg"))});
  DecidesAsItShould();
  LetsNoTrickThrough();
  HandsOnNothingUnjudged();
  KnowsWhoTakesAway();
}

TEST_F(GatewaysTest, Caddy) {
  Run({"/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config",
       scratch().Write("Caddyfile", "{\n\tadmin off\n}\n" + Adapted("Caddyfile"))});
  DecidesAsItShould();
  LetsNoTrickThrough();
  HandsOnNothingUnjudged();
  KnowsWhoTakesAway();
}

// What Debian has not: Envoy, from PyPI.
class RegistryGatewaysTest : public GatewaysTest {
 protected:
  static std::map<std::string, std::string> Environment() {
    return {{"SOURCE", SIGNET_SOURCE_DIR "/tests/clients/envoy"},
            {"WORK", SIGNET_CLIENTS_DIR "/envoy"}};
  }
  void RunEnvoy(const std::string& config) {
    const std::string run = absl::StrCat(SIGNET_SOURCE_DIR, "/tests/clients/envoy/run");
    tests::Command fetch;
    fetch.arguments = {"/bin/sh", run, "--version"};
    fetch.environment = Environment();
    const auto fetched = tests::RunProgram(fetch, absl::Minutes(4));
    ASSERT_EQ(fetched.exit_code, 0) << fetched.err;
    Run({"/bin/sh", run, "--use-dynamic-base-id", "--log-level", "warning", "--config-path",
         scratch().Write("envoy.yaml", config)},
        Environment());
  }
  // Envoy takes away itself what Connection names, and asks about what is left.
  HttpAnswer TakingAway(const std::string& option, const std::string& token) const {
    return tests::HttpExchange(
        port_, absl::StrCat("GET /api/x HTTP/1.1\r\nHost: localhost\r\nConnection: close, ", option,
                            "\r\nX-Signet-Subject: somebody-else\r\nAuthorization: Bearer ", token,
                            "\r\n\r\n"));
  }
};

TEST_F(RegistryGatewaysTest, EnvoyAsks) {
  RunEnvoy(Adapted("envoy.yaml"));
  DecidesAsItShould();
  LetsNoTrickThrough();

  const auto session = NewSession();
  const std::string token = session.tokens().access_token();
  EXPECT_EQ(TakingAway("Authorization", token).status, 401);
  const std::string ours = Lower(TakingAway("X-Signet-Subject", token));
  EXPECT_THAT(ours, HasSubstr("x-signet-subject: " + session.user_id()));
  EXPECT_THAT(ours, Not(HasSubstr("somebody-else")));
  // Two of one name, of which each is a lie.
  const std::string twice =
      Lower(Ask("/api/x", token, {"X-Signet-Subject: liar-1", "X-Signet-Subject: liar-2"}));
  EXPECT_THAT(twice, HasSubstr("x-signet-subject: " + session.user_id()));
  EXPECT_THAT(twice, Not(HasSubstr("liar")));

  EXPECT_THAT(Lower(Ask("/public/x", "", {"Forwarded: host=liar", "X-Host: liar"})),
              Not(HasSubstr("liar")));

  const int before = upstream_.requests();
  EXPECT_EQ(tests::HttpExchange(port_,
                                "post /api/invoices HTTP/1.1\r\nHost: a\r\nConnection: "
                                "close\r\nAuthorization: Bearer " +
                                    token + "\r\n\r\n")
                .status,
            400);  // Envoy knows no such method
  EXPECT_EQ(tests::HttpExchange(port_,
                                "GET http://a/admin/x HTTP/1.1\r\nHost: a\r\nConnection: "
                                "close\r\n\r\n")
                .status,
            401);  // as /admin/x
  EXPECT_EQ(upstream_.requests(), before);

  // A caller of gRPC hears it in its own words.
  tests::Client grpc_client(absl::StrCat("127.0.0.1:", port_));
  EXPECT_EQ(grpc_client.Validate(token).status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(grpc_client.ListKeys(token).status.error_code(), grpc::StatusCode::PERMISSION_DENIED);

  // What was decided is in the gateway's own log.
  EXPECT_TRUE(gateway_->AwaitOutput("token_refused")) << gateway_->output();
  EXPECT_TRUE(gateway_->AwaitOutput("\"subject\":\"" + session.user_id())) << gateway_->output();
  EXPECT_THAT(gateway_->output(), Not(HasSubstr(token)));
}

// Who has not been judged does not pass.
TEST_F(RegistryGatewaysTest, EnvoyRefusesWhatNobodyAnswersFor) {
  RunEnvoy(Adapted("envoy.yaml"));
  const std::string token = NewSession().tokens().access_token();
  EXPECT_EQ(Ask("/api/x", token).status, 200);
  server().Signal(SIGSTOP);
  EXPECT_TRUE(
      tests::Eventually(absl::Seconds(20), [&] { return Ask("/api/x", token).status == 503; }));
  const int before = upstream_.requests();
  EXPECT_EQ(Ask("/api/x", token).status, 503);
  EXPECT_EQ(Ask("/public/x").status, 503);
  EXPECT_EQ(upstream_.requests(), before);
  server().Signal(SIGCONT);
  EXPECT_TRUE(
      tests::Eventually(absl::Seconds(20), [&] { return Ask("/api/x", token).status == 200; }));
}

TEST_F(RegistryGatewaysTest, EnvoyJudgesByTheKeys) {
  RunEnvoy(absl::StrReplaceAll(Adapted("envoy-jwt.yaml"), {{"https://id.example.com", issuer()}}));
  const auto session = NewSession();
  const std::string token = session.tokens().access_token();
  const std::vector<std::string> made_up = {"X-Signet-Subject: somebody-else",
                                            "X-Signet-Permissions: users.manage",
                                            "X_Signet_Subject: somebody-else"};
  const std::string person = Lower(Ask("/api/x", token, made_up));
  EXPECT_THAT(person, HasSubstr("x-signet-subject: " + session.user_id()));
  EXPECT_THAT(person, HasSubstr("x-signet-session: " + session.session_id()));
  for (const std::string& answer : {person, Lower(Ask("/public/x", token, made_up))}) {
    EXPECT_THAT(answer, HasSubstr("get /"));
    EXPECT_THAT(answer, Not(HasSubstr("somebody-else")));
    EXPECT_THAT(answer, Not(HasSubstr("users.manage")));
  }
  EXPECT_THAT(Lower(Ask("/public/x", "",
                        {"X-Original-URL: /liar", "X-Rewrite-URL: /liar", "X-Forwarded-Host: liar",
                         "X-HTTP-Method-Override: liar"})),
              AllOf(HasSubstr("get /public/x"), Not(HasSubstr("liar"))));
  const int before = upstream_.requests();
  EXPECT_EQ(Ask("/api/x").status, 401);
  std::string forged = token;
  char& one = forged[forged.size() - 10];
  one = one == 'A' ? 'B' : 'A';
  EXPECT_EQ(Ask("/api/x", forged).status, 401);
  for (const char* target :
       {"/public/../api/x", "/public/%2e%2e/api/x", "//api/x", "/public/..;/api/x",
        "/public/..;x=1/api/x", "/public/%252e%252e/api/x", "/public/..%3b/api/x"}) {
    EXPECT_EQ(Ask(target).status, 401) << target;
  }
  for (const char* target :
       {"/public/..%2fapi/x", "/public/%2e%2e%2fapi/x", "/public/..%5capi/x"}) {
    EXPECT_EQ(Ask(target).status, 400) << target;
  }
  EXPECT_EQ(upstream_.requests(), before);
}

}  // namespace
}  // namespace signet::clients

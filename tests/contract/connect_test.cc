// R-607: every unary RPC by curl, as JSON and as protobuf, with the refusals, limits and records of
// the gRPC port.

#include <set>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/rpc/method_table.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
using tests::HttpAnswer;
using Arguments = std::vector<std::string>;

constexpr char kJsonType[] = "Content-Type: application/json";

class ConnectTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<tests::ScratchDirectory>();
    StartService({{"log.calls", "all"}, {"log.level", "debug"}});
  }

  static std::string Url(const std::string& path) {
    return absl::StrCat("http://127.0.0.1:", server().http_port(), path);
  }
  // What curl shows of the answer, head and body.
  static HttpAnswer Curl(Arguments arguments, const std::string& body = "") {
    tests::Command command;
    command.arguments = {"/usr/bin/curl", "-sS", "-i", "--max-time", "30"};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.input = body;
    const tests::ProgramResult result = tests::RunProgram(command);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return tests::ParseHttp(result.out);
  }
  static HttpAnswer Post(const std::string& method, const std::string& body, Arguments more = {}) {
    Arguments arguments = {"--data-binary", "@-", Url("/signet.v1." + method)};
    bool typed = false;
    for (const std::string& argument : more) {
      typed |= absl::StartsWith(argument, "Content-Type:");
      arguments.push_back(argument);
    }
    if (!typed) arguments.insert(arguments.end(), {"-H", kJsonType});
    return Curl(std::move(arguments), body);
  }
  static Arguments Bearer(const std::string& token) {
    return {"-H", "Authorization: Bearer " + token};
  }
  // The answer's message; fails where it is none.
  static Json Do(const std::string& method, const Json& request, const Arguments& more = {}) {
    const HttpAnswer answer = Post(method, request.dump(), more);
    EXPECT_EQ(answer.status, 200) << method << ": " << answer.body;
    EXPECT_EQ(answer.fields.at("content-type"), "application/json");
    EXPECT_EQ(answer.fields.at("cache-control"), "no-store");
    return Json::parse(answer.body, nullptr, false);
  }
  static std::string ReasonOf(const HttpAnswer& answer) {
    const Json error = Json::parse(answer.body, nullptr, false);
    if (!error.is_object() || !error.contains("details")) return "(no error)";
    for (const Json& detail : error["details"]) {
      if (detail["type"] == "google.rpc.ErrorInfo") return detail["debug"]["reason"];
    }
    return "(no ErrorInfo)";
  }

  static inline std::unique_ptr<tests::ScratchDirectory> scratch_;
};

TEST_F(ConnectTest, APersonRegistersLogsInRefreshesAndLogsOut) {
  const std::string email = "curl@people.example";
  Json account = {{"email", email}, {"password", kPassword}};
  Do("AuthService/Register", account);
  Json login = Do("AuthService/Login", account);
  const std::string access = login["tokens"]["accessToken"];
  const auto validate = [&](const std::string& token) {
    return Do("TokenService/Validate", {{"token", token}, {"audience", "signet"}});
  };
  Json active = validate(access);
  EXPECT_EQ(active["active"], true);
  EXPECT_EQ(active["claims"]["subject"], login["userId"]);
  Json next = Do("TokenService/Refresh", {{"refreshToken", login["tokens"]["refreshToken"]}});
  const std::string fresh = next["tokens"]["accessToken"];
  EXPECT_EQ(validate(fresh)["active"], true);
  Do("AuthService/Logout", Json::object(), Bearer(fresh));
  EXPECT_NE(client().AwaitRefusal(fresh), v1::INACTIVE_REASON_UNSPECIFIED);
  Json inactive = validate(fresh);
  EXPECT_EQ(inactive["active"], false);  // written, not left out
  EXPECT_EQ(inactive["reason"], "INACTIVE_REASON_REVOKED_SESSION");
  EXPECT_EQ(ReasonOf(Post("AuthService/Logout", "{}", Bearer(fresh))), "TOKEN_INVALID");
}

TEST_F(ConnectTest, ProtobufIsTakenAndGivenAsItIs) {
  v1::ValidateRequest request;
  request.set_token(NewSession().tokens().access_token());
  request.set_audience("signet");
  const HttpAnswer answer = Post("TokenService/Validate", request.SerializeAsString(),
                                 {"-H", "Content-Type: application/proto"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.fields.at("content-type"), "application/proto");
  v1::ValidateResponse response;
  ASSERT_TRUE(response.ParseFromString(answer.body));
  EXPECT_TRUE(response.active());
  const HttpAnswer broken =
      Post("TokenService/Validate", "\x0a\x7f", {"-H", "Content-Type: application/proto"});
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(ReasonOf(broken), "FIELD_INVALID");
}

// The one answer to bad credentials, at its one time; with a challenge to whoever is asked for one.
TEST_F(ConnectTest, ErrorsSayCodeReasonFieldAndWhenToRetry) {
  const HttpAnswer wrong =
      Post("AuthService/Login", R"({"email":"nobody@people.example","password":"wrong-wrong-1"})");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(Json::parse(wrong.body)["code"], "unauthenticated");
  EXPECT_EQ(ReasonOf(wrong), "CREDENTIALS_INVALID");
  EXPECT_EQ(wrong.fields.at("www-authenticate"), "Bearer");

  const HttpAnswer field =
      Post("AuthService/Register", R"({"email":"no address","password":"vellum-oxbow-quarry-41"})");
  EXPECT_EQ(field.status, 400);
  Json error = Json::parse(field.body);
  EXPECT_EQ(error["code"], "invalid_argument");
  EXPECT_EQ(error["details"][1]["type"], "google.rpc.BadRequest");
  EXPECT_EQ(error["details"][1]["debug"]["fieldViolations"][0]["field"], "email");

  EXPECT_EQ(
      ReasonOf(Post("KeyService/ListKeys", "{}", Bearer(NewSession().tokens().access_token()))),
      "PERMISSION_MISSING");
  const HttpAnswer unknown = Post("AuthService/Nothing", "{}");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(Json::parse(unknown.body)["code"], "unimplemented");
  const HttpAnswer put = Curl({"-X", "PUT", Url("/signet.v1.AuthService/Login")});
  EXPECT_EQ(put.status, 405);
  EXPECT_EQ(put.fields.at("allow"), "POST");
  const HttpAnswer text = Post("AuthService/Login", "{}", {"-H", "Content-Type: text/plain"});
  EXPECT_EQ(text.status, 415);
  EXPECT_EQ(text.fields.at("accept-post"), "application/json, application/proto");
  EXPECT_THAT(Post("AuthService/Login", R"({"emial":"a"})").body,
              HasSubstr("emial: there is no such field"));
}

TEST_F(ConnectTest, WhatHasNoEffectCanBeAskedByGet) {
  const HttpAnswer jwks =
      Curl({Url("/signet.v1.TokenService/GetJwks?connect=v1&encoding=json"
                "&message=%7B%7D")});
  EXPECT_EQ(jwks.status, 200);
  EXPECT_THAT(jwks.body, HasSubstr("\"jwksJson\""));
  EXPECT_EQ(jwks.fields.at("cache-control"), "no-store");
  const HttpAnswer check =
      Curl({Url("/signet.v1.AccessService/CheckPermission?encoding=json&base64=1&message=" +
                absl::WebSafeBase64Escape(R"({"permission":"users.read"})")),
            "-H", "Authorization: Bearer " + NewSession().tokens().access_token()});
  EXPECT_EQ(check.body, R"({"allowed":false,"roles":[]})");
  // A token is a secret, and addresses are logged.
  const HttpAnswer validate = Curl(
      {Url("/signet.v1.TokenService/Validate?encoding=json&message=%7B%22token%22%3A%22x%22%7D")});
  EXPECT_EQ(validate.status, 405);
  EXPECT_EQ(validate.fields.at("allow"), "POST");
}

TEST_F(ConnectTest, GzipIsTakenAndGiven) {
  const std::string admin = AdminToken();
  tests::Command gzip;
  gzip.arguments = {"/bin/gzip", "-c"};
  gzip.input = R"({"pageSize":50})";
  const std::string packed = tests::RunProgram(gzip).out;
  const HttpAnswer answer = Post(
      "AuditService/QueryEvents", packed,
      {"-H", "Content-Encoding: gzip", "-H", "Authorization: Bearer " + admin, "--compressed"});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.fields.at("content-encoding"), "gzip");
  EXPECT_GT(Json::parse(answer.body)["events"].size(), 0u);

  gzip.input = std::string(10 << 20, ' ');
  const HttpAnswer bomb = Post("AuditService/QueryEvents", tests::RunProgram(gzip).out,
                               {"-H", "Content-Encoding: gzip"});
  EXPECT_EQ(bomb.status, 400);
  EXPECT_THAT(bomb.body, HasSubstr("unpacks to more than 262144 bytes"));
  EXPECT_EQ(Post("AuditService/QueryEvents", "{}", {"-H", "Content-Encoding: br"}).status, 501);
}

TEST_F(ConnectTest, MoreThanTheLimitIsRefusedAndAlmostAsMuchIsRead) {
  Json request = {{"tokens", Json::array()}, {"audience", "signet"}};
  for (int i = 0; i < 30; ++i) request["tokens"].push_back(std::string(8000, 'a'));
  const HttpAnswer answer = Post("TokenService/ValidateBatch", request.dump());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(Json::parse(answer.body)["results"].size(), 30u);
  for (int i = 0; i < 10; ++i) request["tokens"].push_back(std::string(8000, 'a'));
  EXPECT_EQ(Post("TokenService/ValidateBatch", request.dump(), {"-H", "Expect:"}).status, 413);
}

TEST_F(ConnectTest, ATimeoutIsTheDeadlineOfTheCall) {
  const auto session = NewSession();
  const auto within = [&](const std::string& millis) {
    Arguments more = Bearer(session.tokens().access_token());
    more.insert(more.end(), {"-H", "Connect-Timeout-Ms: " + millis});
    return Post("SessionService/ListSessions", "{}", more);
  };
  const HttpAnswer late = within("0");
  EXPECT_EQ(late.status, 504);
  EXPECT_EQ(ReasonOf(late), "DEADLINE_EXCEEDED");
  EXPECT_EQ(within("20000").status, 200);
  EXPECT_EQ(ReasonOf(within("soon")), "FIELD_INVALID");
}

// R-111, R-502: the address that limits, sessions and the audit log have is that of the HTTP
// client, and nobody says another.
TEST_F(ConnectTest, TheCallerIsWhoConnectsWhateverHeSays) {
  const std::string email = NewPerson();
  Json login = {{"email", email}, {"password", kPassword}};
  const HttpAnswer answer =
      Post("AuthService/Login", login.dump(),
           {"-H", "X-Forwarded-For: 203.0.113.7", "-H", "Forwarded: for=203.0.113.7", "-H",
            "X-Request-Id: mine-1", "-A", "curl-of-the-test"});
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.fields.at("x-request-id"), "mine-1");
  const auto sessions =
      client().ListSessions(Json::parse(answer.body)["tokens"]["accessToken"]).message;
  ASSERT_EQ(sessions.sessions_size(), 1);
  EXPECT_EQ(sessions.sessions(0).address(), "127.0.0.1");
  EXPECT_EQ(sessions.sessions(0).user_agent(), "curl-of-the-test");
  EXPECT_EQ(tests::Sql(database(),
                       "SELECT count(*) FROM signet.sessions WHERE address = "
                       "'203.0.113.7'"),
            "0\n");
}

// One record of one call: the metric of the method, and one line in the log, without a secret.
TEST_F(ConnectTest, ACallIsCountedAndLoggedOnceAsOneOfTheGrpcPort) {
  const std::string series =
      "grpc_server_handled_total{grpc_type=\"unary\",grpc_service=\"signet.v1.AuthService\","
      "grpc_method=\"Login\",grpc_code=\"Unauthenticated\"}";
  const double before = tests::Metric(server().http_port(), series);
  const std::string secret = "Zq8-secret-of-the-json-door";
  (void)Post("AuthService/Login",
             Json({{"email", "x@people.example"}, {"password", secret}}).dump(),
             {"-H", "X-Request-Id: once-1"});
  (void)Post("AuthService/Login", Json({{"emial", secret}, {secret, secret}}).dump(),
             {"-H", "X-Request-Id: once-2"});
  (void)Curl({Url("/signet.v1.AuthService/Login?encoding=json&message=" + secret)});
  EXPECT_EQ(tests::Metric(server().http_port(), series), before + 1);
  // Lines are written by a thread of their own.
  tests::Eventually(absl::Seconds(30), [] {
    const std::string log = server().log();
    return absl::StrContains(log, "once-1") && absl::StrContains(log, "once-2");
  });
  int lines = 0;
  int refused = 0;
  for (const absl::string_view line : absl::StrSplit(server().log(), '\n')) {
    if (absl::StrContains(line, "once-1")) {
      ++lines;
      EXPECT_THAT(std::string(line), HasSubstr("signet.v1.AuthService/Login"));
      EXPECT_THAT(std::string(line), HasSubstr("CREDENTIALS_INVALID"));
    }
    if (absl::StrContains(line, "once-2")) ++refused;
  }
  EXPECT_EQ(lines, 1);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(server().log(), Not(HasSubstr(secret)));
}

// Method by method of our contract, the same verdict on an empty message of a stranger by either
// port.
TEST_F(ConnectTest, EveryMethodAnswersAsItDoesOverGrpc) {
  for (const rpc::MethodRow& row : rpc::MethodTable()) {
    const std::string path = absl::StrCat("/", row.full_name);
    if (!absl::StartsWith(path, "/signet.v1.")) {
      EXPECT_EQ(tests::HttpPost(server().http_port(), path, "{}", {}, "application/json").status,
                404)
          << path;
      continue;
    }
    if (row.stream != rpc::Stream::kNone) {
      EXPECT_EQ(Post(path.substr(11), "{}").status, 404) << path;
      continue;
    }
    const grpc::Status by_grpc = client().CallBytes(path, "");
    const std::string expected = Describe(by_grpc);
    const HttpAnswer json =
        tests::HttpPost(server().http_port(), path, "{}", {}, "application/json");
    const HttpAnswer proto =
        tests::HttpPost(server().http_port(), path, "", {}, "application/proto");
    for (const HttpAnswer* answer : {&json, &proto}) {
      if (by_grpc.ok()) {
        EXPECT_EQ(answer->status, 200) << path;
        continue;
      }
      EXPECT_GE(answer->status, 400) << path;
      EXPECT_THAT(expected, HasSubstr(ReasonOf(*answer))) << path;
      EXPECT_EQ(Json::parse(answer->body)["message"], by_grpc.error_message()) << path;
    }
  }
}

TEST_F(ConnectTest, TheDocumentIsServedAndPrinted) {
  const HttpAnswer served = Curl({Url("/openapi.json")});
  EXPECT_EQ(served.status, 200);
  Json document = Json::parse(served.body);
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(server().RunCommand({"openapi"}).out, served.body);
}

TEST_F(ConnectTest, SwitchedOffThereIsNothingOfIt) {
  tests::ServerProcess closed(database(), {{"connect.enabled", "false"}});
  closed.Start();
  EXPECT_EQ(tests::HttpPost(closed.http_port(), "/signet.v1.TokenService/GetJwks", "{}", {},
                            "application/json")
                .status,
            404);
  EXPECT_EQ(tests::HttpGet(closed.http_port(), "/openapi.json").status, 404);
}

}  // namespace
}  // namespace signet::contract

// what gateways are answered at both doors, by Check as Envoy asks and by /authz.

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "envoy/service/auth/v3/external_auth.grpc.pb.h"
#include "tests/contract/envoy_requests.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using envoy::service::auth::v3::Authorization;
using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr char kRules[] =
    "\"/public/\":\n  anonymous: true\n  token: remove\n"
    "\"/api/\":\n  audience: signet\n"
    "\"POST,DELETE /api/\":\n  audience: signet\n  scopes: api.write\n"
    "\"/bare/\":\n  audience: signet\n  token: remove\n"
    "\"/other/\":\n  audience: somebody-else\n"
    "\"/admin/\":\n  audience: signet\n  permissions: users.manage\n";

class CheckTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<tests::ScratchDirectory>();
    StartService({{"authz.rules", scratch_->Write("authz.yaml", kRules)}});
    stub_ = Authorization::NewStub(
        grpc::CreateChannel(server().grpc_address(), grpc::InsecureChannelCredentials()));
  }
  static void TearDownTestSuite() {
    stub_.reset();
    ServiceTest::TearDownTestSuite();
    scratch_.reset();
  }

  static CheckRequest Captured(const char* base64) {
    std::string bytes;
    EXPECT_TRUE(absl::Base64Unescape(base64, &bytes));
    CheckRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    return request;
  }
  // As Envoy asks about `target` of a client that sends `fields`, too.
  static CheckRequest AsEnvoy(const std::string& target, const Fields& fields,
                              const std::string& method = "GET") {
    CheckRequest request = Captured(kEnvoyRawHeaders);
    auto& http = *request.mutable_attributes()->mutable_request()->mutable_http();
    http.set_path(target);
    http.set_method(method);
    for (const auto& [name, value] : fields) {
      auto& header = *http.mutable_header_map()->add_headers();
      header.set_key(name);
      header.set_raw_value(value);
    }
    return request;
  }
  static CheckResponse Ask(const CheckRequest& request) {
    const auto answer = ServiceClient::Call(*stub_, &Authorization::Stub::Check, request);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message;
  }
  static int StatusOf(const CheckResponse& response) {
    if (response.status().code() == 0) return 200;
    return response.denied_response().status().code();
  }
  static int AuthzStatus(const std::string& target, const Fields& fields,
                         const std::string& method = "GET") {
    std::vector<std::string> lines = {"X-Forwarded-Method: " + method, "X-Forwarded-Uri: " + target,
                                      "X-Forwarded-Host: api.example.com"};
    for (const auto& [name, value] : fields) lines.push_back(absl::StrCat(name, ": ", value));
    return tests::HttpGet(server().http_port(), "/authz", lines).status;
  }
  static std::string Set(const CheckResponse& response, const std::string& name) {
    for (const auto& option : response.ok_response().headers()) {
      if (option.header().key() == name) return option.header().value();
    }
    return "(absent)";
  }
  static std::vector<std::string> Removed(const CheckResponse& response) {
    const auto& names = response.ok_response().headers_to_remove();
    return {names.begin(), names.end()};
  }

  static inline std::unique_ptr<tests::ScratchDirectory> scratch_;
  static inline std::unique_ptr<Authorization::Stub> stub_;
};

TEST_F(CheckTest, EnvoysOwnBytesAreAnswered) {
  const auto session = NewSession();
  const std::string bearer = "Bearer " + session.tokens().access_token();
  for (const char* captured : {kEnvoyRawHeaders, kEnvoyJoinedHeaders}) {
    CheckRequest request = Captured(captured);
    const CheckResponse nobody = Ask(request);
    EXPECT_EQ(nobody.status().code(), 16);  // UNAUTHENTICATED
    EXPECT_EQ(StatusOf(nobody), 401);
    EXPECT_EQ(nobody.denied_response().headers(0).header().key(), "www-authenticate");
    auto& http = *request.mutable_attributes()->mutable_request()->mutable_http();
    if (http.has_header_map()) {
      auto& header = *http.mutable_header_map()->add_headers();
      header.set_key("authorization");
      header.set_raw_value(bearer);
    } else {
      (*http.mutable_headers())["authorization"] = bearer;
    }
    const CheckResponse response = Ask(request);
    EXPECT_EQ(StatusOf(response), 200);
    EXPECT_EQ(Set(response, "x-signet-subject"), session.user_id());
    EXPECT_EQ(Set(response, "x-signet-session"), session.session_id());
    EXPECT_THAT(Removed(response), Not(Contains("authorization")));
    const auto& claims =
        response.dynamic_metadata().fields().at("jwt_payload").struct_value().fields();
    EXPECT_EQ(claims.at("sub").string_value(), session.user_id());
    EXPECT_EQ(claims.at("sid").string_value(), session.session_id());
  }
}

TEST_F(CheckTest, ARevokedTokenIsRefusedAndAForgedOne) {
  const auto session = NewSession();
  const std::string token = session.tokens().access_token();
  EXPECT_EQ(StatusOf(Ask(AsEnvoy("/api/x", {{"authorization", "Bearer " + token}}))), 200);
  EXPECT_EQ(StatusOf(Ask(AsEnvoy("/api/x", {{"authorization", "Bearer " + token + "A"}}))), 401);
  EXPECT_EQ(StatusOf(Ask(AsEnvoy("/other/x", {{"authorization", "Bearer " + token}}))), 401);
  EXPECT_TRUE(client().Revoke(session.tokens().refresh_token()).ok());
  EXPECT_NE(client().AwaitRefusal(token), v1::INACTIVE_REASON_UNSPECIFIED);
  const CheckResponse revoked = Ask(AsEnvoy("/api/x", {{"authorization", "Bearer " + token}}));
  EXPECT_EQ(StatusOf(revoked), 401);
  EXPECT_THAT(revoked.denied_response().headers(0).header().value(), HasSubstr("invalid_token"));
}

// One decision: whatever is tried, the answer is the same at both doors.
TEST_F(CheckTest, EveryTrickHasOneAnswerAtBothDoors) {
  const std::string bearer = "Bearer " + NewSession().tokens().access_token();
  const struct {
    const char* target;
    int with_token;
    int without;
  } kTargets[] = {
      {"/public/x", 200, 200},
      {"/api/x", 200, 401},
      {"/admin/x", 403, 401},
      {"/nowhere", 403, 403},
      {"/api/x?y=/../public/", 200, 401},
      {"/api/a%2Fb", 200, 401},
      {"/public//x", 200, 200},
      {"/public/./x/../y", 200, 200},
      {"/public/../api/x", 403, 403},
      {"/public/%2e%2e/admin/x", 403, 403},
      {"/public/..%2fadmin/x", 403, 403},
      {"/public/%2e%2e%2fadmin/x", 403, 403},
      {"/public/..%252fadmin/x", 403, 403},
      {"/public/..%5cadmin/x", 403, 403},
      {"/public/..\\admin/x", 403, 403},
      {"/public/..;/admin/x", 403, 403},
      {"/public/a;%2Fz/..%2F..%2Fadmin/x", 403, 403},
      {"/public/x%2Fy/../..%2Fadmin/x", 403, 403},
      {"//admin/x", 403, 403},
      {"/admin//../public/x", 403, 403},
      {"public/x", 403, 403},
      {"http://api.example.com/public/x", 403, 403},
      {"*", 403, 403},
      {"/public/x#/../admin", 403, 403},
      {"/public/%00", 403, 403},
      {"/public/%zz", 403, 403},
      {"/API/x", 403, 403},
  };
  for (const auto& test : kTargets) {
    const Fields token = {{"authorization", bearer}};
    EXPECT_EQ(StatusOf(Ask(AsEnvoy(test.target, token))), test.with_token) << test.target;
    EXPECT_EQ(AuthzStatus(test.target, token), test.with_token) << test.target;
    EXPECT_EQ(StatusOf(Ask(AsEnvoy(test.target, {}))), test.without) << test.target;
    EXPECT_EQ(AuthzStatus(test.target, {}), test.without) << test.target;
  }
  const struct {
    const char* method;
    Fields fields;
    int expected;  // of "/api/x" with the token
  } kRequests[] = {
      {"GET", {}, 200},
      {"get", {}, 200},
      {"POST", {}, 403},
      {"post", {}, 403},
      {"GET", {{"x-http-method-override", "DELETE"}}, 403},
      {"GET", {{"x-http-method-override", "HEAD"}}, 200},
      {"GET", {{"x-http-method-override", "DELETE, x"}}, 403},
      {"GET", {{"x-original-url", "/admin/x"}}, 403},
      {"GET", {{"x_original_url", "/admin/x"}}, 403},
      {"GET", {{"x-original-url", "http://a?/api/x"}}, 403},
      {"GET", {{"x-rewrite-url", "/api/y"}}, 200},
      {"GET", {{"authorization", "Bearer x"}}, 403},
      {"GET", {{"connection", "close, X-Signet-Subject"}}, 403},
      {"GET", {{"connection", "Authorization"}}, 403},
      {"G T", {}, 400},
  };
  for (const auto& test : kRequests) {
    Fields fields = test.fields;
    fields.emplace_back("authorization", bearer);
    EXPECT_EQ(StatusOf(Ask(AsEnvoy("/api/x", fields, test.method))), test.expected)
        << test.method << ::testing::PrintToString(test.fields);
    EXPECT_EQ(AuthzStatus("/api/x", fields, test.method), test.expected)
        << test.method << ::testing::PrintToString(test.fields);
  }
}

TEST_F(CheckTest, WhatAClientMadeUpIsTakenAway) {
  // In the captured request there are two X-Signet-Subject.
  const CheckResponse anonymous =
      Ask(AsEnvoy("/public/x", {{"x_signet_scope", "everything"}, {"x-signet-root", "1"}}));
  EXPECT_EQ(StatusOf(anonymous), 200);
  EXPECT_EQ(anonymous.ok_response().headers_size(), 0);
  for (const char* name :
       {"x-signet-subject", "x-signet-client", "x-signet-session", "x-signet-scope",
        "x-signet-permissions", "x_signet_scope", "x-signet-root", "authorization"}) {
    EXPECT_THAT(Removed(anonymous), Contains(name));
  }
  const std::string bearer = "Bearer " + NewSession().tokens().access_token();
  EXPECT_THAT(Removed(Ask(AsEnvoy("/bare/x", {{"authorization", bearer}}))),
              Contains("authorization"));
}

// An answer, whatever came: a gateway may be set up to let pass what it gets an error for.
TEST_F(CheckTest, WhatIsNoQuestionIsDenied) {
  EXPECT_EQ(StatusOf(Ask({})), 400);
  EXPECT_EQ(StatusOf(Ask(AsEnvoy("/public/" + std::string(9000, 'x'), {}))), 400);
  // A field is as long as a stranger likes; what is behind it is not even looked at.
  const std::string huge = "/public/%2e" + std::string(1 << 20, ';');
  EXPECT_EQ(StatusOf(Ask(AsEnvoy("/public/x", {{"x-original-url", huge}}))), 403);
  std::string bytes;
  EXPECT_EQ(Describe(client().CallBytes("/envoy.service.auth.v3.Authorization/Check",
                                        "\xff\xff\xff", &bytes)),
            "OK");
  CheckResponse response;
  ASSERT_TRUE(response.ParseFromString(bytes));
  EXPECT_EQ(StatusOf(response), 400);
}

TEST_F(CheckTest, EveryAnswerIsCounted) {
  const auto count = [](const char* result) {
    return tests::Metric(server().http_port(),
                         absl::StrCat("signet_authz_decisions_total{result=\"", result, "\"}"));
  };
  const double allowed = count("allowed");
  const double refused = count("no_token");
  const double validated =
      tests::MetricSum(server().http_port(), "signet_validations_total", "result=\"active\"");
  const std::string bearer = "Bearer " + NewSession().tokens().access_token();
  (void)Ask(AsEnvoy("/api/x", {{"authorization", bearer}}));
  (void)Ask(AsEnvoy("/api/x", {}));
  (void)AuthzStatus("/api/x", {{"authorization", bearer}});
  EXPECT_EQ(count("allowed"), allowed + 2);
  EXPECT_EQ(count("no_token"), refused + 1);
  EXPECT_EQ(tests::MetricSum(server().http_port(), "signet_validations_total", "result=\"active\""),
            validated + 2);
}

TEST_F(CheckTest, TheCommandLineAsksAsAGatewayDoes) {
  const auto session = NewSession();
  const auto run = [&](std::vector<std::string> arguments) {
    tests::Command command;
    command.arguments = {tests::SignetPath(), "--address", server().grpc_address(), "--json",
                         "authz"};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return tests::RunProgram(command);
  };
  const std::string file = scratch_->Write("token", session.tokens().access_token());
  const auto passes = run({"GET", "/api/x", "--host", "api.example.com", "--token-file", file});
  EXPECT_EQ(passes.exit_code, 0) << passes.err;
  EXPECT_THAT(passes.out, HasSubstr("\"result\":\"allowed\""));
  EXPECT_THAT(passes.out, HasSubstr("\"x-signet-subject\":\"" + session.user_id()));
  const auto denied = run({"GET", "/api/x"});
  EXPECT_EQ(denied.exit_code, 1);
  EXPECT_THAT(denied.out, HasSubstr("\"status\":401"));
  const auto overridden =
      run({"GET", "/api/x", "--with", "X-HTTP-Method-Override: DELETE", "--token-file", file});
  EXPECT_THAT(overridden.out, HasSubstr("\"result\":\"ambiguous\""));
  EXPECT_EQ(run({"GET", "/api/x", "--with", "nonsense"}).exit_code, 2);
}

}  // namespace
}  // namespace signet::contract

// what Envoy asks and is answered, message by message.

#include "server/rpc/convert/check_messages.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "google/protobuf/text_format.h"
#include "server/domain/gateways/judge_fixture.h"
#include "server/rpc/services/authorization_service.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

using envoy::config::core::v3::HeaderValueOption;
using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class OneHandler final : public MethodRegistry {
 public:
  void Add(absl::string_view /*full_name*/, Handler handler) override {
    handler_ = std::move(handler);
  }
  void AddBatch(absl::string_view /*full_name*/, BatchHandler /*handler*/) override {}
  void AddStream(absl::string_view /*full_name*/, StreamOpener /*opener*/) override {}
  Handler handler_;
};

class CheckTest : public domain::JudgeFixture {
 protected:
  CheckTest() : service_(*judge_) { service_.Register(method_); }

  static CheckRequest Ask(const std::string& path,
                          const std::vector<std::pair<std::string, std::string>>& fields = {}) {
    CheckRequest request;
    auto& http = *request.mutable_attributes()->mutable_request()->mutable_http();
    http.set_method("GET");
    http.set_host("api.example.com");
    http.set_path(path);
    for (const auto& [name, value] : fields) {
      auto& header = *http.mutable_header_map()->add_headers();
      header.set_key(name);
      header.set_raw_value(value);
    }
    return request;
  }
  CheckResponse AnswerTo(const CheckRequest& request) const {
    return AnswerToBytes(request.SerializeAsString());
  }
  CheckResponse AnswerToBytes(const std::string& bytes) const {
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer in(&slice, 1);
    grpc::ByteBuffer out;
    Call call;
    call.info.now = now_;
    EXPECT_EQ(method_.handler_(call, in, out), absl::OkStatus());
    CheckResponse response;
    EXPECT_TRUE(ReadMessage(out, response).ok());
    return response;
  }
  static std::string FieldOf(const google::protobuf::RepeatedPtrField<HeaderValueOption>& headers,
                             const std::string& name) {
    for (const HeaderValueOption& option : headers) {
      // Whatever the age of the gateway, ours replaces what the client sent.
      EXPECT_TRUE(option.has_append() && !option.append().value());
      EXPECT_EQ(option.append_action(), HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD);
      if (option.header().key() == name) return option.header().value();
    }
    return "(absent)";
  }
  static std::vector<std::string> Removed(const CheckResponse& response) {
    const auto& names = response.ok_response().headers_to_remove();
    return {names.begin(), names.end()};
  }

  AuthorizationService service_;
  OneHandler method_;
};

TEST_F(CheckTest, WhatPassesSaysWhoItIs) {
  const CheckResponse response = AnswerTo(Ask("/api/x", {{"authorization", bearer_}}));
  EXPECT_EQ(response.status().code(), 0);
  const auto& headers = response.ok_response().headers();
  EXPECT_EQ(FieldOf(headers, "x-signet-subject"), "user-1");
  EXPECT_EQ(FieldOf(headers, "x-signet-client"), "web");
  EXPECT_EQ(FieldOf(headers, "x-signet-session"), "session-1");
  EXPECT_EQ(FieldOf(headers, "x-signet-scope"), "openid email");
  EXPECT_EQ(FieldOf(headers, "x-signet-permissions"), "users.read");
  EXPECT_THAT(Removed(response), IsEmpty());  // the token goes on as the client sent it
  EXPECT_EQ(FieldOf(headers, "authorization"), "(absent)");
}

TEST_F(CheckTest, WhatAClientMadeUpIsReplacedOrRemoved) {
  const CheckResponse response = AnswerTo(Ask("/public/x", {{"authorization", bearer_},
                                                            {"x-signet-subject", "root"},
                                                            {"x_signet_subject", "root"},
                                                            {"x-signet-admin", "yes"}}));
  EXPECT_EQ(response.status().code(), 0);
  EXPECT_THAT(response.ok_response().headers(), IsEmpty());
  EXPECT_THAT(Removed(response),
              UnorderedElementsAre("x-signet-subject", "x-signet-client", "x-signet-session",
                                   "x-signet-scope", "x-signet-permissions", "x_signet_subject",
                                   "x-signet-admin", "authorization"));
  // Removed is also what this one has no claim for; never what was set, or it would be gone.
  const CheckResponse bare =
      AnswerTo(Ask("/bare/x", {{"authorization", bearer_}, {"x-signet-subject", "root"}}));
  EXPECT_EQ(FieldOf(bare.ok_response().headers(), "x-signet-subject"), "user-1");
  EXPECT_THAT(Removed(bare), ElementsAre("authorization"));
}

// the token is in the cookie of an old client, too.
TEST_F(CheckTest, TheCookieOfASessionIsRemovedWithTheToken) {
  const auto sent_on = [&](const std::string& path, const std::string& cookies) {
    return AnswerTo(Ask(path, {{"authorization", bearer_}, {"cookie", cookies}}));
  };
  const CheckResponse some = sent_on("/bare/x", "a=b; session=sgs_x;c=d; session =sgs_y");
  EXPECT_EQ(FieldOf(some.ok_response().headers(), "cookie"), "a=b; c=d");
  EXPECT_THAT(Removed(some), ElementsAre("authorization"));
  const CheckResponse none = sent_on("/bare/x", "session=sgs_x");
  EXPECT_EQ(FieldOf(none.ok_response().headers(), "cookie"), "(absent)");
  EXPECT_THAT(Removed(none), ElementsAre("authorization", "cookie"));
  const CheckResponse kept = sent_on("/api/x", "session=sgs_x");
  EXPECT_EQ(FieldOf(kept.ok_response().headers(), "cookie"), "(absent)");
  EXPECT_THAT(Removed(kept), IsEmpty());
}

TEST_F(CheckTest, ARefusalIsOneOfHttp) {
  const struct {
    CheckRequest request;
    int status;
    int code;
    const char* result;
    const char* challenge;
  } kCases[] = {
      {Ask("/api/x"), 401, 16, "no_token", "Bearer realm=\"signet\""},
      {Ask("/api/x", {{"authorization", "Bearer x"}}), 401, 16, "token_refused", "invalid_token"},
      {Ask("/scoped/x", {{"authorization", bearer_}}), 403, 7, "scope_missing",
       "scope=\"openid orders\""},
      {Ask("/nowhere"), 403, 7, "no_rule", "(absent)"},
      {Ask("/public/..%2fadmin/x"), 403, 7, "ambiguous", "(absent)"},
      {Ask(""), 400, 3, "question_invalid", "(absent)"}};
  for (const auto& test : kCases) {
    const CheckResponse response = AnswerTo(test.request);
    EXPECT_EQ(response.status().code(), test.code) << test.result;
    EXPECT_EQ(response.status().message(), test.result);
    const auto& denied = response.denied_response();
    EXPECT_EQ(denied.status().code(), test.status) << test.result;
    EXPECT_FALSE(denied.body().empty());
    EXPECT_EQ(FieldOf(denied.headers(), "cache-control"), "no-store");
    EXPECT_THAT(FieldOf(denied.headers(), "www-authenticate"), HasSubstr(test.challenge));
    EXPECT_FALSE(response.has_ok_response());
    EXPECT_EQ(response.dynamic_metadata().fields().at("result").string_value(), test.result);
  }
}

// An error of the call would let it pass where a gateway is set up to allow what failed.
TEST_F(CheckTest, WhatCannotBeReadIsDeniedAndNoError) {
  const auto expect = [](const CheckResponse& response, const char* field) {
    EXPECT_EQ(response.status().code(), 3);
    EXPECT_THAT(response.status().message(), HasSubstr(field));
    EXPECT_EQ(response.denied_response().status().code(), 400) << field;
  };
  expect(AnswerToBytes("\xff\xff\xff\xff"), "request: ");
  expect(AnswerTo(Ask(std::string("/public/\xff"))), "request: ");  // no UTF-8
  expect(AnswerToBytes(""), "attributes.request.http: ");
  expect(AnswerTo(Ask("/public/" + std::string(8192, 'x'))), "attributes.request.http.path: ");
  CheckRequest long_method = Ask("/public/x");
  long_method.mutable_attributes()->mutable_request()->mutable_http()->set_method(
      std::string(65, 'A'));
  expect(AnswerTo(long_method), "attributes.request.http.method: ");
  CheckRequest long_host = Ask("/public/x");
  long_host.mutable_attributes()->mutable_request()->mutable_http()->set_host(
      std::string(263, 'a'));
  expect(AnswerTo(long_host), "attributes.request.http.host: ");
  EXPECT_EQ(observer_.Count(domain::GatewayResult::kQuestionInvalid), 6u);
}

// As gateways ask that join fields of one name; and whatever else they tell stays unread.
TEST_F(CheckTest, AMapOfFieldsIsReadToo) {
  CheckRequest request;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "attributes { request { http { method: 'GET' host: 'api.example.com' path: '/api/x?y' } } }",
      &request));
  auto& headers =
      *request.mutable_attributes()->mutable_request()->mutable_http()->mutable_headers();
  headers[":path"] = "/api/x?y";
  headers["authorization"] = bearer_;
  headers["x_signet_scope"] = "everything";
  EXPECT_THAT(Removed(AnswerTo(request)), ElementsAre("x_signet_scope"));
  headers["authorization"] = bearer_ + "," + bearer_;
  EXPECT_EQ(AnswerTo(request).denied_response().status().code(), 403);
  // attributes.source.principal and .context_extensions: fields that are not in our file.
  const std::string more("\x0a\x0b\x0a\x03\x22\x01x\x52\x04\x0a\x02io", 13);
  headers["authorization"] = bearer_;
  EXPECT_EQ(AnswerToBytes(request.SerializeAsString() + more).status().code(), 0);
  CheckRequest kept;
  ASSERT_TRUE(kept.ParseFromString(request.SerializeAsString() + more));
  EXPECT_THAT(kept.SerializeAsString(), HasSubstr("\x22\x01x"));
}

TEST_F(CheckTest, ClaimsAndKnowledgeAreMetadata) {
  const CheckResponse response = AnswerTo(Ask("/api/x", {{"authorization", bearer_}}));
  const auto& fields = response.dynamic_metadata().fields();
  EXPECT_EQ(fields.at("result").string_value(), "allowed");
  EXPECT_EQ(fields.at("key_set_version").number_value(), 7);
  EXPECT_EQ(fields.count("revocation_as_of"), 1u);
  const auto& claims = fields.at("jwt_payload").struct_value().fields();
  EXPECT_EQ(claims.at("iss").string_value(), "https://id.example.com");
  EXPECT_EQ(claims.at("sub").string_value(), "user-1");
  EXPECT_EQ(claims.at("aud").list_value().values(0).string_value(), "api");
  EXPECT_EQ(claims.at("exp").number_value(), 1900);
  EXPECT_EQ(claims.at("scope").string_value(), "openid email");
  EXPECT_EQ(claims.at("roles").list_value().values(0).string_value(), "admin");
  EXPECT_EQ(claims.count("email"), 0u);
  // A refused token's claims are nobody's word.
  const auto refused = AnswerTo(Ask("/other/x", {{"authorization", bearer_}}));
  EXPECT_EQ(refused.dynamic_metadata().fields().count("jwt_payload"), 0u);
  EXPECT_EQ(refused.dynamic_metadata().fields().count("revocation_as_of"), 1u);
  const auto anonymous = AnswerTo(Ask("/public/x"));
  EXPECT_EQ(anonymous.dynamic_metadata().fields().count("revocation_as_of"), 0u);
}

}  // namespace
}  // namespace signet::rpc

#include "server/connect/door.h"

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "client/base/error.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/connect/gzip.h"
#include "server/rpc/status_mapping.h"
#include "signet/v1/access_service.pb.h"

namespace signet::connect {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

// What a carrier answers, without a server.
class DoorTest : public ::testing::Test {
 protected:
  http::Reply Ask(const std::string& type, const std::string& body,
                  const std::string& accept = "") {
    http::Request request;
    request.method = http::Method::kPost;
    request.path = "/signet.v1.AccessService/ListRoles";
    request.call.peer.address = "192.0.2.1";
    request.fields = {{"content-type", type}, {"accept-encoding", accept}};
    request.body = body;
    std::optional<http::Reply> given;
    door_.Answer(request, [&](http::Reply reply) { given = std::move(reply); });
    return given ? *given : http::Reply{.status = 0};
  }
  http::Reply Fail(const absl::Status& status) {
    answer_ = {rpc::ToPublicError(status).status, {}, {}};
    return Ask("application/proto", "");
  }
  static std::string FieldOf(const http::Reply& reply, const std::string& name) {
    for (const auto& field : reply.fields) {
      if (field.name == name) return field.value;
    }
    return "";
  }

  rpc::OutsideAnswer answer_;
  int carried_ = 0;
  const Methods methods_{rpc::MethodTable()};
  Door door_{methods_,
             {64 * 1024, Origins("https://app.example.com, http://localhost:3000")},
             [this](rpc::OutsideRequest, rpc::OutsideDone done) {
               ++carried_;
               done(std::move(answer_));
             }};
};

TEST_F(DoorTest, TheAnswerHasTheCodecOfTheRequest) {
  v1::ListRolesResponse roles;
  roles.add_roles()->set_name("reader");
  answer_.message = roles.SerializeAsString();
  answer_.fields = {{"x-request-id", "r-1"}, {"set-cookie", "no"}};
  http::Reply reply = Ask("application/json; charset=utf-8", "{}");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(reply.cache_control, "no-store");
  EXPECT_EQ(FieldOf(reply, "X-Request-Id"), "r-1");
  EXPECT_EQ(FieldOf(reply, "set-cookie"), "");
  EXPECT_EQ(Json::parse(reply.body)["roles"][0]["name"], "reader");
  answer_.message = roles.SerializeAsString();
  reply = Ask("application/proto", "");
  EXPECT_EQ(reply.content_type, "application/proto");
  EXPECT_EQ(reply.body, roles.SerializeAsString());
}

TEST_F(DoorTest, ALargeAnswerIsPackedForThoseWhoTakeItAndASmallOneForNobody) {
  v1::ListRolesResponse roles;
  roles.set_next_page_token(std::string(5000, 'x'));
  answer_.message = roles.SerializeAsString();
  const http::Reply packed = Ask("application/proto", "", "gzip");
  EXPECT_EQ(FieldOf(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(*Gunzip(packed.body, 10'000), roles.SerializeAsString());
  answer_.message = roles.SerializeAsString();
  EXPECT_EQ(FieldOf(Ask("application/proto", ""), "Content-Encoding"), "");
  answer_.message = "";
  EXPECT_EQ(FieldOf(Ask("application/proto", "", "gzip"), "Content-Encoding"), "");
}

// what gRPC clients find in the details, JSON clients find, too.
TEST_F(DoorTest, AnErrorHasItsCodeAndItsDetails) {
  const http::Reply reply = Fail(base::FieldError("name", "is too long"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.content_type, "application/json");
  const Json error = Json::parse(reply.body);
  EXPECT_EQ(error["code"], "invalid_argument");
  EXPECT_EQ(error["message"], "name: is too long");
  ASSERT_EQ(error["details"].size(), 2u);
  EXPECT_EQ(error["details"][0]["type"], "google.rpc.ErrorInfo");
  EXPECT_EQ(error["details"][0]["debug"]["reason"], "FIELD_INVALID");
  EXPECT_EQ(error["details"][1]["debug"]["fieldViolations"][0]["field"], "name");
  const std::string value = error["details"][0]["value"];
  EXPECT_EQ(value.find('='), value.npos);
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(value, &bytes));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(bytes));
  EXPECT_EQ(info.reason(), "FIELD_INVALID");
}

TEST_F(DoorTest, TheHttpStatusIsThatOfTheCode) {
  using Code = absl::StatusCode;
  for (const auto& [code, status] : {std::pair<Code, int>{Code::kCancelled, 499},
                                     {Code::kInvalidArgument, 400},
                                     {Code::kDeadlineExceeded, 504},
                                     {Code::kNotFound, 404},
                                     {Code::kAlreadyExists, 409},
                                     {Code::kPermissionDenied, 403},
                                     {Code::kResourceExhausted, 429},
                                     {Code::kFailedPrecondition, 400},
                                     {Code::kAborted, 409},
                                     {Code::kInternal, 500},
                                     {Code::kUnavailable, 503},
                                     {Code::kUnauthenticated, 401}}) {
    EXPECT_EQ(Fail(base::MakeError(code, "CONFLICT", "why")).status, status);
  }
  EXPECT_EQ(FieldOf(Fail(base::MakeError(Code::kUnauthenticated, "TOKEN_INVALID", "no")),
                    "WWW-Authenticate"),
            "Bearer");
}

// A page reads answers where its origin was named, and nowhere else.
TEST_F(DoorTest, PagesOfNamedOriginsMayCallAndNoOthers) {
  const auto ask = [&](http::Method method, const std::string& origin, bool preflight) {
    http::Request request;
    request.method = method;
    request.path = "/signet.v1.AccessService/ListRoles";
    request.call.peer.address = "192.0.2.1";
    request.fields = {{"origin", origin}, {"content-type", "application/json"}};
    if (preflight) request.fields.push_back({"access-control-request-method", "POST"});
    request.body = "{}";
    http::Reply given;
    door_.Answer(request, [&](http::Reply reply) { given = std::move(reply); });
    return given;
  };
  const auto allowed = [&](const http::Reply& reply) {
    return FieldOf(reply, "Access-Control-Allow-Origin");
  };
  const http::Reply preflight = ask(http::Method::kOptions, "https://app.example.com", true);
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(allowed(preflight), "https://app.example.com");
  EXPECT_EQ(FieldOf(preflight, "Access-Control-Allow-Methods"), "GET, POST");
  EXPECT_THAT(FieldOf(preflight, "Access-Control-Allow-Headers"), HasSubstr("authorization"));
  EXPECT_EQ(carried_, 0);
  EXPECT_EQ(allowed(ask(http::Method::kPost, "http://localhost:3000", false)),
            "http://localhost:3000");
  EXPECT_EQ(carried_, 1);
  // Its page is told what was wrong, too.
  EXPECT_EQ(allowed(ask(http::Method::kOther, "https://app.example.com", false)),
            "https://app.example.com");
  for (const char* other : {"https://app.example.com.evil.example", "https://APP.example.com",
                            "https://app.example.com/", "null", "*", ""}) {
    EXPECT_EQ(ask(http::Method::kOptions, other, true).status, 405) << other;
    EXPECT_EQ(allowed(ask(http::Method::kPost, other, false)), "") << other;
  }
  EXPECT_EQ(ask(http::Method::kOptions, "https://app.example.com", false).status, 405);
}

//
TEST_F(DoorTest, WhenToRetryIsSaidInWholeSecondsAndNeverTooEarly) {
  EXPECT_EQ(FieldOf(Fail(base::Overloaded("full", absl::Milliseconds(1200))), "Retry-After"), "2");
  EXPECT_EQ(FieldOf(Fail(base::Overloaded("full", absl::Seconds(3))), "Retry-After"), "3");
}

// What no runner saw has no line in the log but the port's own.
TEST_F(DoorTest, AnAnswerIsLoggedByTheRunnerOnlyWhereItRan) {
  EXPECT_EQ(Fail(base::Overloaded("starting", absl::Seconds(1))).logged,
            http::Reply::Logged::kHere);
  answer_.ran = true;
  EXPECT_EQ(Ask("application/proto", "").logged, http::Reply::Logged::kElsewhere);
}

TEST_F(DoorTest, WhatCannotBeReadIsAnsweredWithoutACall) {
  const http::Reply reply = Ask("application/json", "{");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("FIELD_INVALID"));
  EXPECT_EQ(carried_, 0);
  EXPECT_EQ(reply.logged, http::Reply::Logged::kHere);
}

}  // namespace
}  // namespace signet::connect

#include "server/connect/request_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/connect/gzip.h"
#include "signet/v1/access_service.pb.h"
#include "signet/v1/auth_service.pb.h"

namespace signet::connect {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr size_t kMost = 64 * 1024;
constexpr char kLogin[] = "/signet.v1.AuthService/Login";
constexpr char kCheck[] = "/signet.v1.AccessService/CheckPermission";
const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

class RequestReaderTest : public ::testing::Test {
 protected:
  static http::Request Post(const std::string& path, const std::string& type,
                            const std::string& body) {
    http::Request request;
    request.method = http::Method::kPost;
    request.path = path;
    request.body = body;
    request.call.now = kNow;
    request.call.peer.address = "192.0.2.1";
    if (!type.empty()) request.fields.push_back({"content-type", type});
    return request;
  }
  static http::Request Json(const std::string& body) {
    return Post(kLogin, "application/json", body);
  }
  static http::Request Get(const std::string& query) {
    http::Request request = Post(kCheck, "", "");
    request.method = http::Method::kGet;
    request.query = query;
    return request;
  }
  static http::Request With(http::Request request, const std::string& name,
                            const std::string& value) {
    request.fields.push_back({name, value});
    return request;
  }

  Asked Read(const http::Request& request) {
    auto read = ReadAsked(request, methods_, kMost);
    if (const auto* reply = std::get_if<http::Reply>(&read)) {
      ADD_FAILURE() << reply->status << " " << reply->body;
      return {};
    }
    return std::get<Asked>(std::move(read));
  }
  http::Reply Refused(const http::Request& request) {
    auto read = ReadAsked(request, methods_, kMost);
    if (auto* reply = std::get_if<http::Reply>(&read)) return *reply;
    ADD_FAILURE() << "was read";
    return {};
  }
  static std::string FieldOf(const http::Reply& reply, const std::string& name) {
    for (const auto& field : reply.fields) {
      if (field.name == name) return field.value;
    }
    return "";
  }
  static std::string Permission(const Asked& asked) {
    v1::CheckPermissionRequest message;
    EXPECT_TRUE(message.ParseFromString(asked.request.message));
    return message.permission();
  }

  const Methods methods_{rpc::MethodTable()};
};

TEST_F(RequestReaderTest, JsonBecomesTheBytesOfTheMessage) {
  const Asked asked = Read(Json(R"({"email":"a@b.example","password":"p"})"));
  v1::LoginRequest message;
  ASSERT_TRUE(message.ParseFromString(asked.request.message));
  EXPECT_EQ(message.email(), "a@b.example");
  EXPECT_EQ(asked.request.method, "signet.v1.AuthService/Login");
  EXPECT_EQ(asked.request.deadline, absl::InfiniteFuture());
  EXPECT_EQ(asked.codec, Codec::kJson);
}

TEST_F(RequestReaderTest, ProtobufPassesAsItIs) {
  const Asked asked = Read(Post(kLogin, "application/proto", "\x0a\x01x"));
  EXPECT_EQ(asked.request.message, "\x0a\x01x");
  EXPECT_EQ(asked.codec, Codec::kProto);
}

TEST_F(RequestReaderTest, TheContentTypeIsOneOfTwo) {
  for (const char* type : {"application/json", "Application/JSON ; charset=UTF-8",
                           "application/json;charset=\"utf-8\"", "application/proto"}) {
    Read(Post(kLogin, type, type[12] == 'p' ? "" : "{}"));
  }
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/grpc",
        "application/connect+json", "application/json; charset=latin1", "application/jsonp",
        "application/proto; x=y"}) {
    const http::Reply reply = Refused(Post(kLogin, type, "{}"));
    EXPECT_EQ(reply.status, 415) << type;
    EXPECT_EQ(FieldOf(reply, "Accept-Post"), "application/json, application/proto");
  }
  const auto twice = With(Json("{}"), "content-type", "application/proto");
  EXPECT_EQ(Refused(twice).status, 415);
}

TEST_F(RequestReaderTest, WhatIsNoUnaryMethodIsNotFound) {
  for (const char* path : {"/signet.v1.AuthService/Nothing", "/signet.v1.NoService/Login",
                           "/signet.v1.TokenService/WatchRevocations"}) {
    const http::Reply reply = Refused(Post(path, "application/json", "{}"));
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_THAT(reply.body,
                AllOf(HasSubstr("\"code\":\"unimplemented\""), HasSubstr("METHOD_UNKNOWN")));
  }
}

TEST_F(RequestReaderTest, OtherHttpMethodsAreRefusedAndTheRightOnesNamed) {
  http::Request request = Json("{}");
  request.method = http::Method::kGet;
  EXPECT_EQ(Refused(request).status, 405);
  EXPECT_EQ(FieldOf(Refused(request), "Allow"), "POST");
  request.path = kCheck;
  request.method = http::Method::kOther;
  EXPECT_EQ(FieldOf(Refused(request), "Allow"), "GET, POST");
}

TEST_F(RequestReaderTest, AGetSaysTheMessageInItsAddress) {
  EXPECT_EQ(Permission(Read(Get("connect=v1&encoding=json&message=%7B%22permission%22%3A%22p%22%7D"
                                "&utm_source=x"))),
            "p");
  v1::CheckPermissionRequest message;
  message.set_permission("q");
  const std::string bytes = message.SerializeAsString();
  const std::string text = base::Base64UrlEncode(bytes);
  for (const char* padding : {"", "%3D", "=", "%3D%3D"}) {
    EXPECT_EQ(
        Permission(Read(Get(absl::StrCat("encoding=proto&base64=1&message=", text, padding)))),
        "q");
  }
  EXPECT_EQ(Permission(Read(Get(absl::StrCat("encoding=proto&base64=1&compression=gzip&message=",
                                             base::Base64UrlEncode(Gzip(bytes)))))),
            "q");
  // An empty message is no missing one.
  EXPECT_EQ(Permission(Read(Get("encoding=proto&message="))), "");
}

TEST_F(RequestReaderTest, AGetThatIsWrongSaysWhere) {
  for (const auto& [query, field] : {std::pair<std::string, std::string>{"message={}", "encoding"},
                                     {"encoding=xml&message={}", "encoding"},
                                     {"encoding=json", "message"},
                                     {"encoding=json&message={}&message={}", "message"},
                                     {"encoding=json&message=%7", "query"},
                                     {"encoding=json&base64=1&message=**", "message"},
                                     {"encoding=json&base64=yes&message=e30", "base64"},
                                     {"connect=v2&encoding=json&message={}", "connect"}}) {
    const http::Reply reply = Refused(Get(query));
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_THAT(reply.body, HasSubstr(absl::StrCat("\"message\":\"", field, ": "))) << query;
  }
}

TEST_F(RequestReaderTest, GzipIsUnpackedWithinTheLimit) {
  const auto gzipped = [](const std::string& json) {
    return With(Json(Gzip(json)), "content-encoding", "gzip");
  };
  EXPECT_FALSE(Read(gzipped(R"({"email":"a"})")).request.message.empty());
  const http::Reply bomb = Refused(gzipped(std::string(1 << 20, ' ')));
  EXPECT_EQ(bomb.status, 400);
  EXPECT_THAT(bomb.body, HasSubstr("unpacks to more than 65536 bytes"));
  Read(With(Json("{}"), "content-encoding", "identity"));
}

TEST_F(RequestReaderTest, OtherCodingsAreUnimplementedAndTheKnownOnesNamed) {
  const http::Reply reply = Refused(With(Json("{}"), "content-encoding", "br"));
  EXPECT_EQ(reply.status, 501);
  EXPECT_THAT(reply.body, AllOf(HasSubstr("\"unimplemented\""), HasSubstr("gzip and identity")));
}

TEST_F(RequestReaderTest, TheAnswerIsPackedForThoseWhoTakeIt) {
  for (const auto& [accepted, packing] : {std::pair<std::string, Packing>{"gzip", Packing::kGzip},
                                          {"br, GZIP;q=0.5", Packing::kGzip},
                                          {"gzip;q=0", Packing::kNone},
                                          {"gzip; q=0.000", Packing::kNone},
                                          {"br, identity", Packing::kNone},
                                          {"", Packing::kNone}}) {
    EXPECT_EQ(Read(With(Json("{}"), "accept-encoding", accepted)).answer_packing, packing)
        << accepted;
  }
}

TEST_F(RequestReaderTest, VersionAndTimeoutAreChecked) {
  Read(With(Json("{}"), "connect-protocol-version", "1"));
  EXPECT_EQ(Refused(With(Json("{}"), "connect-protocol-version", "2")).status, 400);
  const auto asked = Read(With(Json("{}"), "connect-timeout-ms", "1500"));
  EXPECT_EQ(asked.request.deadline, kNow + absl::Milliseconds(1500));
  Read(With(Json("{}"), "connect-timeout-ms", "9999999999"));
  for (const char* wrong : {"-1", "1.5", "1s", "00000000001", " 1"}) {
    EXPECT_THAT(Refused(With(Json("{}"), "connect-timeout-ms", wrong)).body,
                HasSubstr("connect-timeout-ms: is not"))
        << wrong;
  }
}

// R-111: nothing that a client sends may say for whom a call counts.
TEST_F(RequestReaderTest, OnlyWhatACallReadsIsHandedOnAndThePortSaysWhoCalls) {
  http::Request request = Json("{}");
  for (const char* name : {"x-forwarded-for", "forwarded", "authorization", "cookie", "user-agent",
                           "x-request-id", "x-signet-caller", "grpc-timeout"}) {
    request = With(request, name, "203.0.113.9");
  }
  const Asked asked = Read(request);
  EXPECT_EQ(asked.request.caller, "192.0.2.1");
  EXPECT_THAT(asked.request.fields,
              ElementsAre(Pair("authorization", "203.0.113.9"), Pair("user-agent", "203.0.113.9"),
                          Pair("x-request-id", "203.0.113.9")));
  EXPECT_THAT(Refused(With(request, "authorization", "Bearer x")).body,
              HasSubstr("authorization: came twice"));
}

}  // namespace
}  // namespace signet::connect

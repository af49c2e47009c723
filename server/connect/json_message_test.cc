#include "server/connect/json_message.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "signet/v1/access_service.pb.h"
#include "signet/v1/auth_service.pb.h"
#include "signet/v1/token_service.pb.h"
#include "signet/v1/user_service.pb.h"

namespace signet::connect {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <typename Message>
absl::StatusOr<Message> Read(const std::string& json) {
  const auto bytes = MessageFromJson(*Message::descriptor(), json);
  if (!bytes.ok()) return bytes.status();
  Message message;
  EXPECT_TRUE(message.ParseFromString(*bytes));
  return message;
}

// "field: what", or "OK".
template <typename Message>
std::string Why(const std::string& json) {
  const auto read = Read<Message>(json);
  if (read.ok()) return "OK";
  EXPECT_EQ(base::ErrorReason(read.status()), "FIELD_INVALID");
  return std::string(read.status().message());
}

TEST(JsonMessageTest, FieldsAreNamedAsInJsonOrAsInTheContract) {
  for (const char* json : {R"({"refreshToken":"r"})", R"({"refresh_token":"r"})"}) {
    EXPECT_EQ(Read<v1::RefreshRequest>(json)->refresh_token(), "r");
  }
}

TEST(JsonMessageTest, EveryKindOfFieldIsRead) {
  const auto role = Read<v1::UpdateRoleRequest>(
      R"({"role":{"name":"a","permissions":["x","y"]},"updateMask":"permissions,description"})");
  ASSERT_TRUE(role.ok()) << role.status();
  EXPECT_EQ(role->role().permissions_size(), 2);
  EXPECT_EQ(role->update_mask().paths(0), "permissions");
  const auto users = Read<v1::ListUsersRequest>(R"({"pageSize":3,"status":"USER_STATUS_ACTIVE"})");
  ASSERT_TRUE(users.ok()) << users.status();
  EXPECT_EQ(users->page_size(), 3);
  EXPECT_EQ(users->status(), v1::USER_STATUS_ACTIVE);
  const auto grant = Read<v1::GrantRoleRequest>(R"({"expireTime":"2030-01-02T03:04:05Z"})");
  ASSERT_TRUE(grant.ok()) << grant.status();
  EXPECT_EQ(grant->expire_time().seconds(), 1893553445);
}

// R-607, R-503: what is misspelt is not passed over, and what two readers would read in two ways is
// read in none.
TEST(JsonMessageTest, WhatIsWrongIsNamed) {
  using Login = v1::LoginRequest;
  EXPECT_EQ(Why<Login>(""), "request: is empty: an empty message is {}");
  EXPECT_EQ(Why<Login>("{\"email\":"), "request: is not JSON at byte 10");
  EXPECT_EQ(Why<Login>("{email:\"a\"}"), "request: is not JSON at byte 2");
  EXPECT_EQ(Why<Login>("{} {}"), "request: is not JSON at byte 4");
  EXPECT_EQ(Why<Login>("{\"email\":\"\xff\"}"), "request: is not JSON at byte 11");
  EXPECT_EQ(Why<Login>("\xef\xbb\xbf{}"), "request: is not JSON at byte 1");
  for (const char* json : {"[]", "3", "null", "\"x\"", "true"}) {
    EXPECT_EQ(Why<Login>(json), "request: must be a JSON object") << json;
  }
  EXPECT_EQ(Why<Login>(R"({"emial":"a"})"), "emial: there is no such field");
  EXPECT_EQ(Why<Login>(R"({"<script>":"a"})"), "request: has a member that is no field");
  EXPECT_EQ(Why<Login>(R"({"email":"a","email":"b"})"), "email: came twice");
  EXPECT_EQ(Why<v1::RefreshRequest>(R"({"refreshToken":"a","refresh_token":"b"})"),
            "refresh_token: came twice");
  EXPECT_EQ(Why<Login>(R"({"email":{}})"), "email: is no object");
  EXPECT_EQ(Why<Login>(R"({"email":["a"]})"), "email: is no list");
  EXPECT_EQ(Why<v1::UpdateRoleRequest>(R"({"role":{"nmae":"a"}})"),
            "role.nmae: there is no such field");
  EXPECT_EQ(Why<v1::ListUsersRequest>(R"({"pageSize":"many"})"),
            "page_size: is no value of its type");
  EXPECT_EQ(Why<v1::ListUsersRequest>(R"({"pageSize":9007199254740993})"),
            "page_size: is a number that readers round: write it as a string");
  EXPECT_EQ(Why<v1::ListUsersRequest>(R"({"status":"SLEEPING"})"),
            "status: is no value of its type");
  EXPECT_EQ(Why<v1::GrantRoleRequest>(R"({"expireTime":"tomorrow"})"),
            "expire_time: is no value of its type");
}

TEST(JsonMessageTest, DeepNestingIsRefusedBeforeItCostsAStack) {
  std::string json;
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&json, "{\"nestedType\":[");
  EXPECT_THAT(Why<google::protobuf::DescriptorProto>(json), HasSubstr("is nested too deeply"));
}

// R-505: what stands in the wrong field may be a password.
TEST(JsonMessageTest, NoValueIsRepeated) {
  for (const char* json :
       {R"({"pageSize":"hunter2"})", R"({"status":"hunter2"})", R"({"pageSize":hunter2})",
        R"({"hunter2 !":1})", R"({"pageSize":["hunter2"]})"}) {
    EXPECT_THAT(Why<v1::ListUsersRequest>(json), Not(HasSubstr("hunter2"))) << json;
  }
}

TEST(JsonMessageTest, FalseZeroAndEmptyAreWritten) {
  v1::CheckPermissionResponse response;
  EXPECT_EQ(*JsonFromMessage(*response.GetDescriptor(), response.SerializeAsString()),
            R"({"allowed":false,"roles":[]})");
}

}  // namespace
}  // namespace signet::connect

#include "server/connect/methods.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::connect {
namespace {

using ::testing::IsEmpty;

// What others' contracts name (Envoy's) stays with gRPC.
TEST(MethodsTest, EveryMethodOfOurContractIsFoundByItsPathAndNothingElseIs) {
  const Methods methods(rpc::MethodTable());
  size_t ours = 0;
  for (const rpc::MethodRow& row : rpc::MethodTable()) {
    if (!absl::StartsWith(row.full_name, "signet.v1.")) {
      EXPECT_EQ(methods.Find("/" + std::string(row.full_name)), nullptr) << row.full_name;
      continue;
    }
    ++ours;
    const Method* found = methods.Find("/" + std::string(row.full_name));
    ASSERT_NE(found, nullptr) << row.full_name;
    EXPECT_EQ(found->row->full_name, row.full_name);
  }
  EXPECT_EQ(methods.all().size(), ours);
  for (const char* path : {"", "/", "/signet.v1.AuthService", "signet.v1.AuthService/Login",
                           "/signet.v1.AuthService/login", "/signet.v1.AuthService/Login/",
                           "/grpc.health.v1.Health/Check"}) {
    EXPECT_EQ(methods.Find(path), nullptr) << path;
  }
}

// Every text of a message, and of those in it.
void CollectTexts(const google::protobuf::Descriptor& message, std::set<std::string>& texts) {
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    if (field.message_type() != nullptr) CollectTexts(*field.message_type(), texts);
    if (field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      texts.insert(field.name());
    }
  }
}

// what GET asks for stands in an address, and addresses are logged by every proxy: no token,
// password, code or e-mail address may be asked with, and nothing be done.
TEST(MethodsTest, NoMethodThatGetMayAskForTakesASecretOrChangesAnything) {
  const std::set<std::string> harmless = {
      "page_token", "user_id", "session_id",         "name", "role",    "subject_id",
      "permission", "filter",  "service_account_id", "leaf", "event_id"};
  const Methods methods(rpc::MethodTable());
  std::vector<std::string> wrong;
  size_t by_get = 0;
  for (const Method& method : methods.all()) {
    if (!method.by_get()) continue;
    ++by_get;
    const std::string name = method.descriptor->name();
    const bool reads = absl::StartsWith(name, "Get") || absl::StartsWith(name, "List") ||
                       name == "CheckPermission";
    if (!reads || method.row->audited || !method.is_unary()) wrong.push_back(name);
    std::set<std::string> texts;
    CollectTexts(*method.descriptor->input_type(), texts);
    for (const std::string& text : texts) {
      if (harmless.count(text) == 0) wrong.push_back(name + " takes " + text);
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_GE(by_get, 8u);
}

}  // namespace
}  // namespace signet::connect

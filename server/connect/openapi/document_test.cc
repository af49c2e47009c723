#include "server/connect/openapi/document.h"

#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/connect/contract.h"

namespace signet::connect {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;

class OpenApiTest : public ::testing::Test {
 protected:
  // Every "$ref" of the document.
  static void CollectRefs(const Json& node, std::set<std::string>& refs) {
    if (node.is_object() && node.contains("$ref")) refs.insert(node["$ref"]);
    for (const Json& child : node) {
      if (child.is_structured()) CollectRefs(child, refs);
    }
  }

  const Methods methods_{rpc::MethodTable()};
  const Json document_ = Json::parse(OpenApi(methods_, "1.2.3"));
};

TEST_F(OpenApiTest, EveryUnaryMethodIsThereOnceAndNoStream) {
  EXPECT_EQ(document_["openapi"], "3.1.0");
  EXPECT_EQ(document_["info"]["version"], "1.2.3");
  size_t unary = 0;
  std::set<std::string> ids;
  for (const Method& method : methods_.all()) {
    const std::string path = absl::StrCat("/", method.row->full_name);
    EXPECT_EQ(document_["paths"].contains(path), method.is_unary()) << path;
    if (!method.is_unary()) continue;
    ++unary;
    const Json& operations = document_["paths"][path];
    EXPECT_TRUE(operations["post"].contains("requestBody")) << path;
    EXPECT_EQ(operations.contains("get"), method.by_get()) << path;
    for (const Json& operation : operations) {
      EXPECT_TRUE(ids.insert(operation["operationId"]).second) << path;
      EXPECT_FALSE(operation["description"].get<std::string>().empty()) << path;
      EXPECT_TRUE(operation["responses"].contains("200")) << path;
    }
  }
  EXPECT_EQ(document_["paths"].size(), unary);
}

TEST_F(OpenApiTest, EveryReferenceLeadsSomewhereAndEverySchemaIsReferredTo) {
  std::set<std::string> refs;
  CollectRefs(document_, refs);
  for (const std::string& ref : refs) {
    EXPECT_TRUE(document_.contains(Json::json_pointer(ref.substr(1)))) << ref;
  }
  for (const auto& [name, schema] : document_["components"]["schemas"].items()) {
    EXPECT_EQ(refs.count("#/components/schemas/" + name), 1u) << name;
  }
}

TEST_F(OpenApiTest, WhoMayCallIsWhatTheMethodTableSays) {
  const auto security = [&](const char* path) {
    return document_["paths"][path]["post"]["security"].dump();
  };
  EXPECT_EQ(security("/signet.v1.AuthService/Login"), "[]");
  EXPECT_EQ(security("/signet.v1.AuthService/Logout"), R"([{"accessToken":[]}])");
  EXPECT_EQ(security("/signet.v1.AccessService/GetRole"), R"([{"accessToken":[]},{"apiKey":[]}])");
  EXPECT_EQ(security("/signet.v1.TokenService/IssueServiceToken"), R"([{"apiKey":[]}])");
  EXPECT_EQ(document_["paths"]["/signet.v1.KeyService/TaintKey"]["post"]["x-signet-permission"],
            "keys.manage");
}

TEST_F(OpenApiTest, FieldsHaveTheNamesAndFormsOfJsonAndTheCommentsOfTheContract) {
  const Json& schemas = document_["components"]["schemas"];
  const Json& login = schemas["LoginRequest"]["properties"];
  EXPECT_EQ(login["email"]["type"], "string");
  EXPECT_TRUE(login.contains("challengeSolution"));
  EXPECT_FALSE(login.contains("challenge_solution"));
  EXPECT_THAT(schemas["RegisterRequest"]["properties"]["email"]["description"].get<std::string>(),
              HasSubstr("Login name."));
  EXPECT_EQ(schemas["GrantRoleRequest"]["properties"]["expireTime"]["format"], "date-time");
  EXPECT_EQ(schemas["GetCheckpointResponse"]["properties"]["retiredEdge"]["contentEncoding"],
            "base64");
  EXPECT_THAT(schemas["UserStatus"]["enum"].dump(), HasSubstr("USER_STATUS_ERASED"));
  EXPECT_EQ(schemas["GetChallengeResponse"]["allOf"][0]["not"]["required"].dump(),
            R"(["proofOfWork","captcha"])");
}

TEST_F(OpenApiTest, EveryFieldIsDescribed) {
  std::vector<std::string> bare;
  for (const auto& [name, schema] : document_["components"]["schemas"].items()) {
    if (name == "Error" || !schema.contains("properties")) continue;
    for (const auto& [field, value] : schema["properties"].items()) {
      if (!value.contains("description")) bare.push_back(absl::StrCat(name, ".", field));
    }
  }
  EXPECT_THAT(bare, IsEmpty());
}

TEST(ParagraphsTest, LinesAreJoinedAndBlankOnesKept) {
  EXPECT_EQ(Paragraphs(" One\n two.\n\n Three.\n"), "One two.\n\nThree.");
  EXPECT_EQ(Paragraphs(""), "");
}

}  // namespace
}  // namespace signet::connect

// What a server shows besides its methods, and the documents that promise it.

#include <map>
#include <set>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "signet/v1/errors.pb.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

using google::protobuf::DescriptorPool;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kServices[] = {"signet.v1.AuthService",    "signet.v1.TokenService",
                                     "signet.v1.SessionService", "signet.v1.KeyService",
                                     "signet.v1.AuditService",   "signet.v1.UserService",
                                     "signet.v1.AccessService"};

std::string Document(const std::string& path) {
  return tests::ReadFile(absl::StrCat(SIGNET_SOURCE_DIR, "/", path));
}

// The cells of every table row of a page that begins with a name in backquotes.
std::vector<std::vector<std::string>> NamedRows(const std::string& page) {
  std::vector<std::vector<std::string>> rows;
  for (absl::string_view line : absl::StrSplit(page, '\n')) {
    if (!absl::ConsumePrefix(&line, "| `")) continue;
    rows.push_back(absl::StrSplit(line, " | "));
    rows.back()[0] = std::string(absl::StripSuffix(rows.back()[0], "`"));
  }
  return rows;
}

class SurfaceTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  // grpc.health.v1: HealthCheckRequest{service} and HealthCheckResponse{status}, field 1 of each.
  static std::string Health(const std::string& service, int& status) {
    std::string response;
    const std::string request =
        absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
    const grpc::Status code =
        client().CallBytes("/grpc.health.v1.Health/Check", request, &response);
    status = response.size() == 2 ? response[1] : 0;
    return code.ok() ? "OK" : absl::StrCat(static_cast<int>(code.error_code()));
  }
};

//
TEST_F(SurfaceTest, EveryServiceIsServing) {
  int status = 0;
  for (const char* service : kServices) {
    EXPECT_EQ(Health(service, status), "OK") << service;
    EXPECT_EQ(status, 1) << service;
  }
  EXPECT_EQ(Health("", status), "OK");
  EXPECT_EQ(status, 1);
  EXPECT_EQ(Health("signet.v1.NoService", status), "5");  // NOT_FOUND
}

// a service that lets nothing through is one that gateways should not ask.
TEST_F(SurfaceTest, WithoutRulesGatewaysAreDenied) {
  int status = 0;
  EXPECT_EQ(Health("envoy.service.auth.v3.Authorization", status), "OK");
  EXPECT_EQ(status, 2);  // NOT_SERVING
  // attributes { request { http { method: "GET" path: "/" host: "a" } } }
  std::string response;
  const grpc::Status answered = client().CallBytes(
      "/envoy.service.auth.v3.Authorization/Check",
      std::string("\x0a\x0f\x22\x0d\x12\x0b\x12\x03GET\x22\x01/\x2a\x01\x61", 17), &response);
  EXPECT_TRUE(answered.ok());
  EXPECT_THAT(response, HasSubstr("no_rule"));
  EXPECT_THAT(response, HasSubstr("Forbidden"));
}

// ServerReflectionRequest{list_services: "*"} is field 7.
TEST_F(SurfaceTest, ReflectionListsTheServices) {
  std::string response;
  const grpc::Status status = client().ExchangeBytes(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*", &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  for (const char* service : kServices) EXPECT_THAT(response, HasSubstr(service));
  EXPECT_THAT(response, HasSubstr("grpc.health.v1.Health"));
  EXPECT_THAT(response, HasSubstr("envoy.service.auth.v3.Authorization"));
}

TEST_F(SurfaceTest, ChannelzAnswers) {
  std::string response;
  const grpc::Status status =
      client().CallBytes("/grpc.channelz.v1.Channelz/GetServers", "", &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_FALSE(response.empty());
}

TEST_F(SurfaceTest, TheHttpPortTellsLifeAndReadiness) {
  const int port = server().http_port();
  EXPECT_EQ(tests::HttpGet(port, "/livez").status, 200);
  const auto ready = tests::HttpGet(port, "/readyz");
  EXPECT_EQ(ready.status, 200);
  for (const char* line : {"server: ok\n", "keys: ok\n", "revocations: ok\n", "database: ok\n"}) {
    EXPECT_THAT(ready.body, HasSubstr(line));
  }
  EXPECT_EQ(tests::HttpGet(port, "/nothing").status, 404);
}

// docs/metrics.md is what a scrape shows, name and type, both ways.
TEST_F(SurfaceTest, TheDocumentedMetricsAreThoseOfAScrape) {
  std::map<std::string, std::string> documented;
  for (const auto& row : NamedRows(Document("docs/metrics.md"))) {
    if (row.size() == 4) documented[row[0]] = row[1];  // the other table is of labels
  }
  NewSession();
  std::map<std::string, std::string> shown;
  // What tells of the audit log's first seal comes with it.
  tests::Eventually(absl::Seconds(30), [&] {
    shown.clear();
    const auto scrape = tests::HttpGet(server().http_port(), "/metrics");
    for (absl::string_view line : absl::StrSplit(scrape.body, '\n')) {
      if (!absl::ConsumePrefix(&line, "# TYPE ")) continue;
      const std::pair<std::string, std::string> words = absl::StrSplit(line, ' ');
      shown.insert(words);
    }
    return shown == documented;
  });
  EXPECT_EQ(shown, documented);
  EXPECT_GE(documented.size(), 30u);
}

// nothing that a caller sends makes a series, and what happens is counted.
TEST_F(SurfaceTest, CallsAreCountedByMethodAndCode) {
  (void)client().CallBytes("/signet.v1.TokenService/NoSuchMethod", "");
  (void)client().Refresh("sgr_made_up");
  const std::string scrape = tests::HttpGet(server().http_port(), "/metrics").body;
  EXPECT_THAT(scrape, ::testing::Not(HasSubstr("NoSuchMethod")));
  EXPECT_THAT(scrape, ::testing::ContainsRegex("signet_refreshes_total.outcome=\"malformed\". 1"));
  EXPECT_THAT(scrape, ::testing::ContainsRegex("grpc_server_handled_total.*grpc_method=\"Refresh\""
                                               ".*grpc_code=\"Unauthenticated\". 1"));
}

TEST_F(SurfaceTest, TheDocumentedErrorsAreThoseOfTheEnum) {
  std::set<std::string> documented;
  for (const auto& row : NamedRows(Document("docs/errors.md"))) documented.insert(row[0]);
  std::set<std::string> declared;
  const auto* reasons = v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    if (reasons->value(i)->number() == 0) continue;
    declared.insert(std::string(absl::StripPrefix(reasons->value(i)->name(), "ERROR_REASON_")));
  }
  EXPECT_EQ(documented, declared);
}

// Collects what stands in the contract without a word of explanation.
class CommentCheck {
 public:
  explicit CommentCheck(std::vector<std::string>& missing) : missing_(missing) {}

  void Look(const google::protobuf::FileDescriptor& file) {
    for (int i = 0; i < file.service_count(); ++i) {
      Need(*file.service(i));
      for (int m = 0; m < file.service(i)->method_count(); ++m) Need(*file.service(i)->method(m));
    }
    for (int i = 0; i < file.message_type_count(); ++i) Look(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i) Look(*file.enum_type(i));
  }

 private:
  void Look(const google::protobuf::Descriptor& message) {
    if (message.options().map_entry()) return;  // the compiler's own
    for (int i = 0; i < message.field_count(); ++i) Need(*message.field(i));
    for (int i = 0; i < message.nested_type_count(); ++i) Look(*message.nested_type(i));
    for (int i = 0; i < message.enum_type_count(); ++i) Look(*message.enum_type(i));
  }
  void Look(const google::protobuf::EnumDescriptor& type) {
    for (int i = 0; i < type.value_count(); ++i) {
      if (type.value(i)->number() != 0) Need(*type.value(i));  // …_UNSPECIFIED says it itself
    }
  }
  template <typename Thing>
  void Need(const Thing& thing) {
    google::protobuf::SourceLocation at;
    if (thing.GetSourceLocation(&at) &&
        (!at.leading_comments.empty() || !at.trailing_comments.empty())) {
      return;
    }
    missing_.push_back(thing.full_name());
  }

  std::vector<std::string>& missing_;
};

TEST_F(SurfaceTest, EveryMethodFieldAndValueOfTheContractIsExplained) {
  const tests::ScratchDirectory scratch;
  tests::Command command;
  command.arguments = {SIGNET_PROTOC, absl::StrCat("--proto_path=", SIGNET_SOURCE_DIR, "/proto"),
                       "--include_source_info", "--include_imports",
                       "--descriptor_set_out=" + scratch.File("contract")};
  std::vector<std::string> names;
  for (const char* name :
       {"access_service", "audit_service", "auth_service", "errors", "key_service", "mfa",
        "session_service", "token_service", "user_service"}) {
    names.push_back(absl::StrCat("signet/v1/", name, ".proto"));
    command.arguments.push_back(names.back());
  }
  for (const char* name : {"config/core/v3/base", "service/auth/v3/attribute_context",
                           "service/auth/v3/external_auth", "type/v3/http_status"}) {
    names.push_back(absl::StrCat("envoy/", name, ".proto"));
    command.arguments.push_back(names.back());
  }
  const auto compiled = tests::RunProgram(command);
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  google::protobuf::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromString(tests::ReadFile(scratch.File("contract"))));
  DescriptorPool pool;
  for (const auto& file : set.file()) ASSERT_NE(pool.BuildFile(file), nullptr) << file.name();

  std::vector<std::string> missing;
  CommentCheck check(missing);
  for (const std::string& name : names) check.Look(*pool.FindFileByName(name));
  EXPECT_THAT(missing, IsEmpty());
}

}  // namespace
}  // namespace signet::contract

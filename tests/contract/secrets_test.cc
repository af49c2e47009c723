// secrets and addresses go through every call, also failing and malformed ones; then
// everything that the server has written anywhere is searched for them.

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/base64url.h"
#include "tests/contract/service_test.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

constexpr char kCanaryPassword[] = "Zq8-canary!mulberry tram 61";
constexpr char kNextPassword[] = "Wv3-canary?gravel abbot 17";
constexpr char kWrongPassword[] = "Xk5-canary#never a password 94";
constexpr char kCanaryEmail[] = "canary.person.81274@people.example";
constexpr char kUnknownEmail[] = "canary.stranger.55190@people.example";
constexpr char kMadeUpToken[] = "canaryMadeUpToken4417";

class SecretsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService({{"log.level", "debug"}, {"log.calls", "all"}}); }

  // Adds a refresh token: as text, and its secret as PostgreSQL would print the bytes.
  void AddRefreshToken(const std::string& token) {
    canaries_["refresh token"].push_back(token.substr(4));
    const std::string body = base::Base64UrlDecode(absl::string_view(token).substr(4)).value_or("");
    ASSERT_GT(body.size(), 36u);
    canaries_["refresh secret"].push_back(
        absl::BytesToHexString(body.substr(body.size() - 36, 32)));
  }
  // The signature alone makes claims a token; the claims alone tell about a person.
  void AddAccessToken(const std::string& token) {
    const std::vector<std::string> parts = absl::StrSplit(token, '.');
    ASSERT_EQ(parts.size(), 3u);
    canaries_["claims"].push_back(parts[1]);
    canaries_["signature"].push_back(parts[2]);
  }
  void AddPair(const v1::TokenPair& pair) {
    AddAccessToken(pair.access_token());
    AddRefreshToken(pair.refresh_token());
  }

  void ExpectNone(const std::string& where, const std::string& text) {
    for (const auto& [kind, values] : canaries_) {
      for (const std::string& value : values) {
        EXPECT_FALSE(absl::StrContains(text, value)) << "a " << kind << " in " << where;
      }
    }
  }

  void PeopleAndSessions();
  void MisuseOfEveryKind();

  std::map<std::string, std::vector<std::string>> canaries_;
};

v1::LoginRequest LoginRequestOf(const std::string& email, const std::string& password) {
  v1::LoginRequest request;
  request.set_email(email);
  request.set_password(password);
  request.add_scopes("email");
  return request;
}

void SecretsTest::PeopleAndSessions() {
  canaries_["password"] = {kCanaryPassword, kNextPassword, kWrongPassword,
                           absl::BytesToHexString(kCanaryPassword),
                           absl::WebSafeBase64Escape(kCanaryPassword)};
  ASSERT_TRUE(client().Register(kCanaryEmail, kCanaryPassword).ok());
  ASSERT_TRUE(client().Register(kCanaryEmail, kNextPassword).ok());
  const auto login = ServiceClient::Call(client().auth(), &v1::AuthService::Stub::Login,
                                         LoginRequestOf(kCanaryEmail, kCanaryPassword));
  ASSERT_EQ(Describe(login.status), "OK");
  AddPair(login.message.tokens());
  const Credential mine{.bearer = login.message.tokens().access_token()};
  v1::ChangePasswordRequest change;
  change.set_current_password(kWrongPassword);
  change.set_new_password(kNextPassword);
  for (const char* current : {kWrongPassword, kCanaryPassword}) {
    change.set_current_password(current);
    (void)ServiceClient::Call(client().auth(), &v1::AuthService::Stub::ChangePassword, change,
                              mine);
  }
  EXPECT_TRUE(client().Validate(mine.bearer).message.active());
  (void)client().ListSessions(mine.bearer);
  (void)client().GetLineage(login.message.session_id(), mine.bearer);

  const auto second = client().Refresh(login.message.tokens().refresh_token());
  ASSERT_EQ(Describe(second.status), "OK");
  AddPair(second.message.tokens());
  const auto third = client().Refresh(second.message.tokens().refresh_token());
  ASSERT_EQ(Describe(third.status), "OK");
  AddPair(third.message.tokens());
  EXPECT_EQ(Describe(client().Refresh(login.message.tokens().refresh_token()).status),
            "UNAUTHENTICATED REFRESH_TOKEN_REUSED");
  const auto last = client().Login(kCanaryEmail, kNextPassword);
  ASSERT_EQ(Describe(last.status), "OK");
  AddPair(last.message.tokens());
  (void)client().Revoke(last.message.tokens().access_token());
  (void)client().Revoke(last.message.tokens().refresh_token());
  v1::ExplainTokenRequest explain;
  explain.set_token(last.message.tokens().access_token());
  const std::string admin = AdminToken();
  AddAccessToken(admin);
  for (const auto& token : {last.message.tokens().access_token(),
                            last.message.tokens().refresh_token(), std::string(kMadeUpToken)}) {
    explain.set_token(token);
    (void)ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::ExplainToken, explain,
                              {.bearer = admin});
  }
}

void SecretsTest::MisuseOfEveryKind() {
  canaries_["made-up token"] = {kMadeUpToken};
  (void)client().Login(kCanaryEmail, kWrongPassword);
  (void)client().Login(kUnknownEmail, kWrongPassword);
  (void)client().Login(kCanaryEmail, std::string(1000, 'x') + kWrongPassword);
  (void)client().Login(absl::StrCat(kUnknownEmail, " "), kWrongPassword);
  (void)client().Refresh(absl::StrCat("sgr_", kMadeUpToken));
  (void)client().Validate(kMadeUpToken);
  (void)client().Validate(absl::StrCat(kMadeUpToken, ".", kMadeUpToken, ".", kMadeUpToken));
  (void)client().Revoke(kMadeUpToken);
  (void)client().ListSessions(kMadeUpToken);
  (void)client().GetLineage(kMadeUpToken, kMadeUpToken);
  // A message that ends in the middle, with a password in it, and one whose text is no UTF-8.
  const std::string password = absl::StrCat("\x12", "\x7f", kWrongPassword);
  const std::string text =
      absl::StrCat("\x12", std::string(1, sizeof(kWrongPassword)), "\xff", kWrongPassword);
  for (const char* method :
       {"AuthService/Login", "AuthService/Register", "TokenService/Refresh", "NoService/AtAll"}) {
    (void)client().CallBytes(absl::StrCat("/signet.v1.", method), password);
    (void)client().CallBytes(absl::StrCat("/signet.v1.", method), text);
  }
  (void)client().CallBytes("/signet.v1.AuthService/Logout", "", nullptr,
                           {.metadata = {{"authorization", kMadeUpToken},
                                         {"x-api-key", kMadeUpToken},
                                         {"cookie", kMadeUpToken}}});
  for (const char* path : {"/metrics", "/.well-known/jwks.json", "/nothing"}) {
    (void)tests::HttpGet(server().http_port(), absl::StrCat(path, "?token=", kMadeUpToken),
                         {absl::StrCat("Authorization: Bearer ", kMadeUpToken)});
  }
}

TEST_F(SecretsTest, NothingThatTheServerWritesHoldsASecretOrAnAddress) {
  PeopleAndSessions();
  MisuseOfEveryKind();
  const std::string metrics = tests::HttpGet(server().http_port(), "/metrics").body;
  const std::string proc = absl::StrCat("/proc/", server().pid());
  const std::string command_line = tests::ReadFile(proc + "/cmdline");
  const std::string environment = tests::ReadFile(proc + "/environ");
  EXPECT_EQ(server().Terminate(), 0);
  const std::string log = server().log();
  const std::string dump = tests::Dump(database());
  // That they were there to be found.
  ASSERT_TRUE(absl::StrContains(log, "signet.v1.AuthService/Login"));
  ASSERT_TRUE(absl::StrContains(metrics, "signet_logins_total"));
  ASSERT_TRUE(absl::StrContains(dump, kCanaryEmail));
  ASSERT_TRUE(absl::StrContains(environment, "SIGNET_TOKENS_ISSUER"));

  ExpectNone("the database", dump);
  // The address has one place, so that one statement erases it.
  for (absl::string_view line : absl::StrSplit(dump, '\n')) {
    if (!absl::StrContains(line, kCanaryEmail)) continue;
    EXPECT_TRUE(absl::StartsWith(line, "INSERT INTO signet.users ")) << line;
  }
  EXPECT_FALSE(absl::StrContains(dump, kUnknownEmail));

  canaries_["address"] = {kCanaryEmail, kUnknownEmail, kAdminEmail, "canary.person",
                          "canary.stranger"};
  canaries_["password of the administrator"] = {kPassword};
  ExpectNone("the log", log);
  ExpectNone("the metrics", metrics);
  ExpectNone("the command line", command_line);
  ExpectNone("the environment", environment);

  canaries_ = {{"key-encryption key", {tests::ServerProcess::DefaultSettings().at("keys.kek")}}};
  ExpectNone("the log", log);
  ExpectNone("the metrics", metrics);
  ExpectNone("the command line", command_line);
  ExpectNone("the database", dump);
}

}  // namespace
}  // namespace signet::contract

// secrets and addresses go through every method, done, refused and malformed; then
// everything that the server has written anywhere is searched for them.

#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/rpc/method_table.h"
#include "tests/contract/service_test.h"
#include "tests/contract/tour.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SecretsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<tests::MailFolder>();
    auto settings = folder_->Settings();
    settings["log.level"] = "debug";
    settings["log.calls"] = "all";
    settings["audit.seal_interval"] = "100ms";
    StartService(settings);
  }
  static void TearDownTestSuite() {
    ServiceTest::TearDownTestSuite();
    folder_.reset();
  }

  // What no stub would send.
  static void MisuseOfEveryKind();
  // The names and labels of a scrape: its numbers tell nothing, and any six digits are one of them.
  static std::string WithoutNumbers(const std::string& scrape) {
    std::string text;
    for (absl::string_view line : absl::StrSplit(scrape, '\n')) {
      absl::StrAppend(&text, line.substr(0, line.rfind(' ')), "\n");
    }
    return text;
  }

  static inline std::unique_ptr<tests::MailFolder> folder_;
};

void SecretsTest::MisuseOfEveryKind() {
  // A message that ends in the middle, with a password in it, and one whose text is no UTF-8.
  const std::string wrong = Tour::kWrongPassword;
  const std::string password = absl::StrCat("\x12", "\x7f", wrong);
  const std::string text =
      absl::StrCat("\x12", std::string(1, static_cast<char>(wrong.size() + 1)), "\xff", wrong);
  // By the JSON door: in a field that there is not, as a name, in an address.
  const std::string json = absl::StrCat("{\"passwort\":\"", wrong, "\",\"", wrong, "\":1}");
  const int port = server().http_port();
  for (const rpc::MethodRow& row : rpc::MethodTable()) {
    const std::string path = absl::StrCat("/", row.full_name);
    (void)client().CallBytes(path, password);
    (void)client().CallBytes(path, text);
    (void)tests::HttpPost(port, path, json, {}, "application/json");
    (void)tests::HttpPost(port, path, text, {}, "application/proto");
    (void)tests::HttpGet(port, absl::StrCat(path, "?encoding=json&message=", wrong));
  }
  (void)client().CallBytes("/signet.v1.NoService/AtAll", text);
  const std::string made_up = Tour::kMadeUpToken;
  (void)client().Validate(absl::StrCat(made_up, ".", made_up, ".", made_up));
  (void)client().GetLineage(made_up, made_up);
  (void)client().CallBytes(
      "/signet.v1.AuthService/Logout", "", nullptr,
      {.metadata = {{"authorization", made_up}, {"x-api-key", made_up}, {"cookie", made_up}}});
  for (const char* path : {"/metrics", "/.well-known/jwks.json", "/nothing"}) {
    (void)tests::HttpGet(server().http_port(), absl::StrCat(path, "?token=", made_up),
                         {absl::StrCat("Authorization: Bearer ", made_up)});
  }
}

// The search itself, or it could find nothing because it does not look.
TEST_F(SecretsTest, ASecretIsFoundInEachOfItsForms) {
  const std::string secret = Tour::kPassword;
  Canaries canaries;
  v1::LoginRequest request;
  request.set_password(secret);
  EXPECT_THAT(canaries.TakeFrom(request), IsEmpty());
  const std::string hex = absl::BytesToHexString(secret);
  for (const std::string& form :
       {secret, hex, absl::Base64Escape(secret), absl::WebSafeBase64Escape("x" + secret + "yz"),
        absl::Base64Escape("{\"password\":\"" + secret + "\"}"),
        std::string("Zq8-canary%21mulberry%20tram%2061")}) {
    EXPECT_FALSE(canaries.FoundIn(absl::StrCat("a=1, '", form, "' b")).empty()) << form;
  }
  canaries.AddText("code", "402817");
  for (const char* text :
       {"code=402817", "'402817'", "\"code\":\"402817\"", "typed 402817 wrong"}) {
    EXPECT_FALSE(canaries.FoundIn(text).empty()) << text;
  }
  EXPECT_THAT(
      canaries.FoundIn("\"us\":402817,\"t\":\"12:00:00.402817Z\" x1402817 VALUES (1, 402817)"),
      IsEmpty());
}

TEST_F(SecretsTest, NothingThatTheServerWritesHoldsASecretOrAnAddress) {
  Tour tour(client(), server(), database(), *folder_);
  tour.Run();
  ASSERT_FALSE(HasFatalFailure());
  MisuseOfEveryKind();
  const Canaries& secrets = tour.canaries();
  std::string http;
  for (const char* path :
       {"/readyz", "/.well-known/jwks.json", "/audit/checkpoint", "/audit/key"}) {
    http += tests::HttpGet(server().http_port(), path).body;
  }
  const std::string metrics = WithoutNumbers(tests::HttpGet(server().http_port(), "/metrics").body);
  const std::string proc = absl::StrCat("/proc/", server().pid());
  const std::string command_line = tests::ReadFile(proc + "/cmdline");
  const std::string environment = tests::ReadFile(proc + "/environ");
  EXPECT_EQ(server().Terminate(), 0);
  const std::string log = server().log();
  const std::string dump = tests::Dump(database());

  // That they were there to be found: a secret of every kind, and every method.
  for (const char* kind : {"password", "current_password", "new_password", "access_token",
                           "refresh_token", "token", "tokens", "challenge", "code", "recovery_code",
                           "recovery_codes", "secret", "provisioning_uri"}) {
    EXPECT_GT(secrets.Count(kind), 0u) << kind;
  }
  std::set<std::string> succeeded;
  for (const Tour::Step& step : tour.steps()) {
    if (step.status == "OK") succeeded.insert(step.method);
  }
  for (const rpc::MethodRow& row : rpc::MethodTable()) {
    // A stream of answers ends refused, or not at all.
    const size_t expected = row.stream == rpc::Stream::kAnswers ? 0 : 1;
    EXPECT_EQ(succeeded.count(std::string(row.full_name)), expected) << row.full_name;
    EXPECT_THAT(log, HasSubstr(std::string(row.full_name)));
  }
  EXPECT_THAT(metrics, HasSubstr("signet_logins_total"));
  EXPECT_THAT(dump, HasSubstr(Tour::kNextEmail));
  EXPECT_THAT(environment, HasSubstr("SIGNET_TOKENS_ISSUER"));
  EXPECT_THAT(tour.errors(), HasSubstr("CREDENTIALS_INVALID"));
  EXPECT_THAT(tour.exports(), HasSubstr(Tour::kNextEmail));

  EXPECT_THAT(secrets.FoundIn(log), IsEmpty()) << "in the log";
  EXPECT_THAT(secrets.FoundIn(metrics), IsEmpty()) << "in the metrics";
  EXPECT_THAT(secrets.FoundIn(http), IsEmpty()) << "at the HTTP port";
  EXPECT_THAT(secrets.FoundIn(dump), IsEmpty()) << "in the database";
  EXPECT_THAT(secrets.FoundIn(tour.errors()), IsEmpty()) << "in the errors";
  EXPECT_THAT(secrets.FoundIn(tour.exports()), IsEmpty()) << "in what a person is handed";
  EXPECT_THAT(secrets.FoundIn(command_line), IsEmpty()) << "in the command line";
  EXPECT_THAT(secrets.FoundIn(environment), IsEmpty()) << "in the environment";
  // A mail holds the token that it was sent for, and nothing else.
  EXPECT_THAT(secrets.FoundIn(folder_->All()), IsEmpty()) << "in a mail without a token";
  EXPECT_GE(tour.mails_taken().size(), 5u);
  for (const auto& [token, mail] : tour.mails_taken()) {
    EXPECT_THAT(mail, HasSubstr(token));
    EXPECT_THAT(secrets.FoundIn(mail, token), IsEmpty()) << "in a mail";
  }

  // An address has its place, so that one statement erases it; who is no user has none.
  for (absl::string_view line : absl::StrSplit(dump, '\n')) {
    if (!absl::StrContains(line, "canary.")) continue;
    EXPECT_TRUE(absl::StartsWith(line, "INSERT INTO signet.users ") ||
                absl::StartsWith(line, "INSERT INTO signet.email_changes "))
        << line;
  }
  EXPECT_FALSE(absl::StrContains(dump, Tour::kEmail));
  EXPECT_FALSE(absl::StrContains(dump, Tour::kUnknownEmail));
  EXPECT_FALSE(absl::StrContains(dump, Tour::kImportedEmail));  // erased
  Canaries addresses;
  for (const char* address : {Tour::kEmail, Tour::kNextEmail, Tour::kUnknownEmail,
                              Tour::kImportedEmail, Tour::kAdministrator}) {
    addresses.AddText("address", address);
    addresses.AddText("address", std::string(address).substr(0, std::string(address).find('@')));
  }
  EXPECT_THAT(addresses.FoundIn(log), IsEmpty()) << "in the log";
  EXPECT_THAT(addresses.FoundIn(metrics), IsEmpty()) << "in the metrics";
  EXPECT_THAT(addresses.FoundIn(http), IsEmpty()) << "at the HTTP port";
  EXPECT_THAT(addresses.FoundIn(tour.errors()), IsEmpty()) << "in the errors";
  EXPECT_THAT(addresses.FoundIn(command_line), IsEmpty()) << "in the command line";
  EXPECT_THAT(addresses.FoundIn(environment), IsEmpty()) << "in the environment";

  Canaries key;
  const std::string kek = tests::ServerProcess::DefaultSettings().at("keys.kek");
  key.AddText("key-encryption key", kek);
  key.AddBytes("key-encryption key", absl::HexStringToBytes(kek));
  for (const std::string& text : {log, metrics, http, dump, tour.errors(), command_line}) {
    EXPECT_THAT(key.FoundIn(text), IsEmpty());
  }
}

// What is in memory stays there when the process dies, also where its limit of core files is taken
// away behind its back (whoever runs the test may do that).
TEST_F(SecretsTest, ACrashLeavesNoCore) {
  const tests::ScratchDirectory scratch;
  const auto cores = [&scratch] {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
      files += absl::StartsWith(entry.path().filename().string(), "core") ? 1 : 0;
    }
    return files;
  };
  const std::string there = absl::StrCat("cd ", scratch.path(), " && ulimit -c unlimited && ");
  tests::Command command;
  command.arguments = {"/bin/sh", "-c", there + "exec " + tests::SignetdPath() + " run"};
  const tests::TestDatabase database;
  command.environment = tests::ServerProcess(database).environment();
  tests::BackgroundProgram signetd(command, scratch.File("log"));
  ASSERT_TRUE(signetd.AwaitOutput("\"msg\":\"serving\"")) << signetd.output();
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  if (prlimit(signetd.pid(), RLIMIT_CORE, &unlimited, nullptr) != 0) {
    EXPECT_THAT(tests::ReadFile(absl::StrCat("/proc/", signetd.pid(), "/limits")),
                ::testing::ContainsRegex("Max core file size +0 +0 "));
  }
  signetd.Signal(SIGABRT);
  EXPECT_EQ(signetd.AwaitEnd(), 128 + SIGABRT);
  EXPECT_EQ(cores(), 0);

  // Whether this machine would have written one.
  command.arguments = {"/bin/sh", "-c", there + "kill -ABRT $$"};
  EXPECT_EQ(tests::RunProgram(command).exit_code, 128 + SIGABRT);
  if (cores() == 0) GTEST_SKIP() << "core files of this machine go elsewhere, or nowhere";
}

}  // namespace
}  // namespace signet::contract

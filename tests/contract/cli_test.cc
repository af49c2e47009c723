// The `signet` binary against the `signetd` binary, as scripts use it.

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/contract/service_test.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using tests::ProgramResult;

class CliTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  ProgramResult Signet(std::vector<std::string> arguments, const std::string& password = "",
                       const std::string& input = "") {
    tests::Command command;
    command.arguments = {tests::SignetPath()};
    for (std::string& argument : arguments) command.arguments.push_back(std::move(argument));
    command.environment = {{"SIGNET_ADDRESS", address_},
                           {"XDG_STATE_HOME", home_.File("state")},
                           {"XDG_RUNTIME_DIR", home_.File("runtime")}};
    command.input = input;
    command.input_on_descriptor_3 = password;
    return tests::RunProgram(command);
  }
  // Registered and logged in; the address.
  std::string LogIn() {
    const std::string email = NewPerson();
    const auto login = Signet({"login", email, "--password-fd", "3"}, kPassword);
    EXPECT_EQ(login.exit_code, 0) << login.err;
    return email;
  }
  static int Mode(const fs::path& path) {
    return static_cast<int>(fs::status(path).permissions() & fs::perms::all);
  }

  std::string address_ = server().grpc_address();
  tests::ScratchDirectory home_;
};

TEST_F(CliTest, TheMainJobFromRegisterToLogout) {
  const std::string email = "cli@people.example";
  auto said = Signet({"--json", "register", email, "--password-fd", "3"}, kPassword);
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("\"accepted\":true"));
  said = Signet({"--json", "login", email, "--password-fd", "3"}, kPassword);
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("\"expires_in\":\"900s\""));
  EXPECT_THAT(said.out, Not(HasSubstr("sgr_")));
  said = Signet({"--field", "email", "whoami"});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_EQ(said.out, email + "\n");
  said = Signet({"--json", "validate"});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, ContainsRegex("\"active\": ?true"));
  EXPECT_EQ(Signet({"refresh"}).exit_code, 0);
  said = Signet({"--json", "lineage"});
  EXPECT_THAT(said.out, HasSubstr("KIND_ROTATED"));
  said = Signet({"--json", "sessions"});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, ContainsRegex("\"current\": ?true"));
  EXPECT_EQ(Signet({"--json", "status"}).exit_code, 0);
  EXPECT_EQ(Signet({"logout"}).exit_code, 0);
  said = Signet({"--json", "whoami"});
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_THAT(said.out + said.err, HasSubstr("NOT_LOGGED_IN"));
}

//
TEST_F(CliTest, TheSessionIsSealedAndForItsOwnerAlone) {
  LogIn();
  const fs::path state = home_.File("state") + "/signet";
  EXPECT_EQ(Mode(state), 0700);
  EXPECT_EQ(Mode(home_.File("runtime") + "/signet"), 0700);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(state)) {
    ++files;
    EXPECT_EQ(Mode(entry.path()), 0600) << entry.path();
    EXPECT_THAT(tests::ReadFile(entry.path()), Not(HasSubstr("sgr_")));
  }
  EXPECT_GE(files, 1);
  EXPECT_EQ(Mode(home_.File("runtime") + "/signet/session.key"), 0600);
  // A reboot empties the runtime directory: what is left opens nothing.
  fs::remove_all(home_.File("runtime"));
  EXPECT_EQ(Signet({"whoami"}).exit_code, 1);
}

TEST_F(CliTest, ExitCodesTellRefusalFromMisuseFromAbsence) {
  const std::string email = NewPerson();
  const auto refused = Signet({"--json", "login", email, "--password-fd", "3"}, "not the password");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.out + refused.err, HasSubstr("\"reason\":\"CREDENTIALS_INVALID\""));
  EXPECT_EQ(Signet({"login"}).exit_code, 2);
  EXPECT_EQ(Signet({"no-such-command"}).exit_code, 2);
  EXPECT_EQ(Signet({"--json", "validate", "--audience", "signet", "not.a.token"}).exit_code, 1);
  address_ = "127.0.0.1:9";  // nobody listens
  const auto absent = Signet({"--timeout", "2s", "login", email, "--password-fd", "3"}, kPassword);
  EXPECT_EQ(absent.exit_code, 3) << absent.err;
}

TEST_F(CliTest, APasswordIsNeverAnArgument) {
  const auto said = Signet({"login", NewPerson(), "--password", kPassword});
  EXPECT_EQ(said.exit_code, 2);
  EXPECT_THAT(Signet({"login", "--help"}).out, Not(HasSubstr("--password ")));
}

TEST_F(CliTest, EveryCommandHelpsWithExamples) {
  for (const char* command : {"register", "login", "whoami", "validate", "refresh", "logout"}) {
    const auto help = Signet({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr(absl::StrCat("signet ", command))) << command;
  }
}

TEST_F(CliTest, TokensAreJudgedOfflineOneOrAStream) {
  const std::string token = NewSession().tokens().access_token();
  const std::string jwks =
      home_.Write("jwks.json", tests::HttpGet(server().http_port(), "/.well-known/jwks.json").body);
  const std::vector<std::string> verify = {
      "--json",     "token", "verify", "--jwks", jwks, "--issuer", "https://id.test.example",
      "--audience", "signet"};
  std::vector<std::string> one = verify;
  one.push_back(token);
  auto said = Signet(one);
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("\"active\":true"));
  one.insert(one.end(), {"--now", "2099-01-01T00:00:00Z"});
  EXPECT_EQ(Signet(one).exit_code, 1);

  std::vector<std::string> stream = verify;
  stream.emplace_back("--stream");
  said = Signet(stream, "",
                absl::StrCat("{\"id\":1,\"token\":\"", token, "\"}\n",
                             "{\"id\":\"two\",\"token\":\"", token, "x\"}\n"));
  EXPECT_EQ(said.exit_code, 0) << said.err;
  const std::vector<std::string> lines = absl::StrSplit(said.out, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u) << said.out;
  EXPECT_THAT(lines[0], StartsWith("{\"id\":1,\"active\":true"));
  EXPECT_THAT(lines[1], StartsWith("{\"id\":\"two\",\"active\":false"));
}

// R-109 and the keys, as an administrator has them.
TEST_F(CliTest, AnAdministratorRotatesAKey) {
  (void)AdminToken();
  ASSERT_EQ(Signet({"login", kAdminEmail, "--password-fd", "3"}, kPassword).exit_code, 0);
  auto said = Signet({"--field", "kid", "keys", "prepare"});
  ASSERT_EQ(said.exit_code, 0) << said.err;
  const std::string kid = said.out.substr(0, said.out.find('\n'));
  said = Signet({"--json", "keys", "activate", kid});
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_THAT(said.out + said.err, HasSubstr("KEY_TOO_FRESH"));
  EXPECT_EQ(Signet({"keys", "activate", kid, "--force"}).exit_code, 0);
  EXPECT_THAT(Signet({"keys", "list"}).out, HasSubstr(kid));
}

//
TEST_F(CliTest, AnImportGoesOnWhereItBrokeOffAndRepeatsWithoutHarm) {
  (void)AdminToken();
  ASSERT_EQ(Signet({"login", kAdminEmail, "--password-fd", "3"}, kPassword).exit_code, 0);
  const auto lines = [](int count) {
    std::string text;
    for (int i = 1; i <= count; ++i) {
      absl::StrAppend(&text, "{\"email\":\"brought", i, "@cli.example\",\"password_hash\":",
                      "\"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\"}\n");
    }
    return text;
  };
  const std::string state = home_.File("import.state");
  const std::vector<std::string> import = {"admin",   "user", "import",   "-",
                                           "--batch", "100",  "--resume", state};
  // The input ended early.
  const auto first = Signet(import, "", lines(250));
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("200 lines: 200 created"));
  EXPECT_THAT(first.out, HasSubstr("{\"line\":250,\"outcome\":\"CREATED\""));
  fs::copy_file(state, state + ".before");
  const auto second = Signet(import, "", lines(600));
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.out, StartsWith("{\"line\":251,"));
  EXPECT_EQ(tests::Sql(database(), "SELECT count(*) FROM signet.users WHERE email LIKE 'brought%'"),
            "600\n");
  // Nothing of the second run was remembered: the same lines with the same answers.
  fs::rename(state + ".before", state);
  const auto again = Signet(import, "", lines(600));
  EXPECT_EQ(again.out, second.out);
  EXPECT_EQ(Signet({"login", "brought600@cli.example", "--password-fd", "3"}, "U*U").exit_code, 0);
}

}  // namespace
}  // namespace signet::contract

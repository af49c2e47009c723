#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/http_get.h"
#include "tests/harness/program.h"

namespace signet::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "canary-7f3a-correct-horse-battery";

class Signetd : public testing::Test {
 protected:
  // PostgreSQL, as a user without privileges, passes through the directory.
  Signetd() { chmod(scratch_.path().c_str(), 0755); }

  const std::string& state() const { return scratch_.path(); }
  std::string StateFile(const std::string& name) const { return ReadFile(scratch_.File(name)); }

  Command DevCommand() const {
    return {.arguments = {SignetdPath(), "--dev", "--state-dir", state(),
                          "--listen.grpc=127.0.0.1:0", "--listen.http=127.0.0.1:0"}};
  }

  int HttpPort() const {
    const std::string addresses = StateFile("address.json");
    const std::string before = "\"http\":\"127.0.0.1:";
    const size_t at = addresses.find(before);
    return at == std::string::npos ? 0 : std::atoi(addresses.c_str() + at + before.size());
  }

  static ProgramResult Run(std::vector<std::string> arguments, const std::string& password = "") {
    arguments.insert(arguments.begin(), SignetdPath());
    return RunProgram({.arguments = std::move(arguments), .input_on_descriptor_3 = password});
  }

  const ScratchDirectory scratch_;
  const ScratchDirectory logs_;
};

TEST_F(Signetd, SaysItsVersionEitherWay) {
  const ProgramResult flag = Run({"--version"});
  EXPECT_EQ(flag.exit_code, 0);
  EXPECT_THAT(flag.out, testing::MatchesRegex("signetd [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(flag.out, Run({"version"}).out);
}

// The whole life of a development server: started on nothing, used, killed, started again.
TEST_F(Signetd, DevServesFromNothingKeepsItsDataThroughAKillAndEndsWithZero) {
  std::string keys;
  {
    BackgroundProgram server(DevCommand(), logs_.File("first"));
    ASSERT_TRUE(server.AwaitOutput("First administrator")) << server.output();
    EXPECT_EQ(HttpGet(HttpPort(), "/livez").status, 200);
    const HttpAnswer ready = HttpGet(HttpPort(), "/readyz");
    EXPECT_EQ(ready.status, 200);
    EXPECT_EQ(ready.body, "server: ok\nkeys: ok\nrevocations: ok\ndatabase: ok\n");
    keys = HttpGet(HttpPort(), "/.well-known/jwks.json").body;
    EXPECT_THAT(keys, HasSubstr("\"alg\":\"ES256\""));
    EXPECT_THAT(HttpGet(HttpPort(), "/metrics").body, HasSubstr("signet_build_info"));

    // nobody else reads the key that seals the keys.
    struct stat kek {};
    ASSERT_EQ(stat(scratch_.File("kek").c_str(), &kek), 0);
    EXPECT_EQ(kek.st_mode & 0777, 0600u);

    // one administrator, while the server runs; the password from a descriptor alone.
    const std::vector<std::string> bootstrap = {"bootstrap",     "--dev",   "--state-dir",
                                                state(),         "--email", "admin@example.com",
                                                "--password-fd", "3"};
    const ProgramResult made = Run(bootstrap, kPassword);
    EXPECT_EQ(made.exit_code, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("admin@example.com is the first administrator"));
    const ProgramResult again = Run(bootstrap, kPassword);
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.err, HasSubstr("there is an administrator already"));

    const ProgramResult status =
        Run({"migrate", "status", "--json", "--dev", "--state-dir", state()});
    EXPECT_EQ(status.exit_code, 0) << status.err;
    EXPECT_THAT(status.out, HasSubstr("\"applied_at\":\"20"));
    // what a step locks is told before it is done; nothing is done here.
    const auto plan = Run({"migrate", "plan", "--to", "14", "--dev", "--state-dir", state()});
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    EXPECT_THAT(plan.out, HasSubstr("down 0015_session_tokens: the version after it must not run"));
    EXPECT_THAT(plan.out, HasSubstr("ACCESS EXCLUSIVE on signet.sessions: ALTER TABLE"));
    EXPECT_THAT(Run({"migrate", "plan", "--json", "--dev", "--state-dir", state()}).out,
                HasSubstr("{\"steps\":[]}"));

    //
    EXPECT_THAT(server.output() + made.out + made.err, Not(HasSubstr("canary-7f3a")));
    server.Signal(SIGKILL);
    EXPECT_EQ(server.AwaitEnd(), 128 + SIGKILL);
  }
  BackgroundProgram server(DevCommand(), logs_.File("second"));
  ASSERT_TRUE(server.AwaitOutput("First administrator")) << server.output();
  EXPECT_EQ(HttpGet(HttpPort(), "/.well-known/jwks.json").body, keys);
  // SIGTERM drains and ends with 0.
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitEnd(), 0) << server.output();
  EXPECT_EQ(StateFile("address.json"), "");
}

TEST_F(Signetd, DevRefusesAnAddressThatOthersCanReach) {
  const ProgramResult refused =
      Run({"--dev", "--state-dir", state(), "--listen.plaintext=true", "--listen.grpc=0.0.0.0:0"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("0.0.0.0:0 is not a loopback address"));
}

// A database that is not there yet is waited for, alive and not ready.
TEST_F(Signetd, WaitsForTheDatabaseAndCanBeStoppedMeanwhile) {
  BackgroundProgram server(
      {.arguments = {SignetdPath(), "run", "--tokens.issuer=https://id.example.com",
                     "--database.url=host=" + state() + " dbname=signet",
                     "--listen.grpc=127.0.0.1:0", "--listen.http=127.0.0.1:0"},
       .environment = {{"SIGNET_KEYS_KEK", std::string(64, '7')}}},
      logs_.File("log"));
  ASSERT_TRUE(server.AwaitOutput("waiting for the database")) << server.output();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitEnd(), 0) << server.output();
}

TEST_F(Signetd, ConfigCheckNamesEverythingThatIsWrongAndFails) {
  const ProgramResult checked =
      Run({"config", "check", "--log.level=loud", "--tokens.access_ttl=2h"});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.err,
              HasSubstr("--log.level: log.level is not one of debug, info, warning, error\n"));
  EXPECT_THAT(checked.err, HasSubstr("--tokens.access_ttl: tokens.access_ttl is outside"));
  EXPECT_THAT(checked.err, HasSubstr("keys.kek is required"));
}

TEST_F(Signetd, ConfigPrintShowsWhereEachValueCameFrom) {
  const ProgramResult printed = Run({"config", "print", "--log.level=debug"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("level: \"debug\"  # --log.level\n"));
}

TEST_F(Signetd, WithoutACommandItExplainsItselfAndFails) {
  const ProgramResult finished = Run({});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.err, HasSubstr("signetd --dev"));
}

}  // namespace
}  // namespace signet::tests

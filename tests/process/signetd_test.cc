#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/signetd_process.h"

namespace signet::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kSignetd[] = SIGNETD_PATH;
constexpr char kPassword[] = "canary-7f3a-correct-horse-battery";

std::vector<std::string> DevCommand(const StateDirectory& state) {
  return {kSignetd,
          "--dev",
          "--state-dir",
          state.path(),
          "--listen.grpc=127.0.0.1:0",
          "--listen.http=127.0.0.1:0"};
}

int HttpPortOf(const StateDirectory& state) {
  const std::string addresses = state.Read("address.json");
  const std::string before = "\"http\":\"127.0.0.1:";
  const size_t at = addresses.find(before);
  return at == std::string::npos ? 0 : std::atoi(addresses.c_str() + at + before.size());
}

std::string BodyOf(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }

// The whole life of a development server: started on nothing, used, killed, started again.
TEST(Signetd, DevServesFromNothingKeepsItsDataThroughAKillAndEndsWithZero) {
  const StateDirectory state;
  std::string keys;
  {
    Program server(DevCommand(state));
    ASSERT_TRUE(server.ReadUntil("First administrator")) << server.errors();
    const int port = HttpPortOf(state);
    EXPECT_THAT(HttpGet(port, "/livez"), StartsWith("HTTP/1.1 200 "));
    const std::string ready = HttpGet(port, "/readyz");
    EXPECT_THAT(ready, StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(BodyOf(ready), "server: ok\nkeys: ok\nrevocations: ok\ndatabase: ok\n");
    keys = BodyOf(HttpGet(port, "/.well-known/jwks.json"));
    EXPECT_THAT(keys, HasSubstr("\"alg\":\"ES256\""));
    EXPECT_THAT(BodyOf(HttpGet(port, "/metrics")), HasSubstr("signet_build_info"));

    // nobody else reads the key that seals the keys.
    struct stat kek {};
    ASSERT_EQ(stat((state.path() + "/kek").c_str(), &kek), 0);
    EXPECT_EQ(kek.st_mode & 0777, 0600u);

    // one administrator, while the server runs; the password from a descriptor alone.
    const std::vector<std::string> bootstrap = {kSignetd,
                                                "bootstrap",
                                                "--dev",
                                                "--state-dir",
                                                state.path(),
                                                "--email",
                                                "admin@example.com",
                                                "--password-fd",
                                                "3"};
    const Finished made = RunProgram(bootstrap, kPassword);
    EXPECT_EQ(made.code, 0) << made.errors;
    EXPECT_THAT(made.output, HasSubstr("admin@example.com is the first administrator"));
    const Finished again = RunProgram(bootstrap, kPassword);
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.errors, HasSubstr("there is an administrator already"));

    const Finished status =
        RunProgram({kSignetd, "migrate", "status", "--json", "--dev", "--state-dir", state.path()});
    EXPECT_EQ(status.code, 0) << status.errors;
    EXPECT_THAT(status.output, HasSubstr("\"applied_at\":\"20"));

    //
    EXPECT_THAT(server.errors() + made.output + made.errors, Not(HasSubstr("canary-7f3a")));
    server.Signal(SIGKILL);
    EXPECT_EQ(server.Wait(), 128 + SIGKILL);
  }
  Program server(DevCommand(state));
  ASSERT_TRUE(server.ReadUntil("First administrator")) << server.errors();
  EXPECT_EQ(BodyOf(HttpGet(HttpPortOf(state), "/.well-known/jwks.json")), keys);
  // SIGTERM drains and ends with 0.
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0) << server.errors();
  EXPECT_EQ(state.Read("address.json"), "");
}

TEST(Signetd, DevRefusesAnAddressThatOthersCanReach) {
  const StateDirectory state;
  const Finished refused = RunProgram({kSignetd, "--dev", "--state-dir", state.path(),
                                       "--listen.plaintext=true", "--listen.grpc=0.0.0.0:0"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("0.0.0.0:0 is not a loopback address"));
}

// A database that is not there yet is waited for, alive and not ready.
TEST(Signetd, WaitsForTheDatabaseAndCanBeStoppedMeanwhile) {
  const StateDirectory state;
  ASSERT_EQ(setenv("SIGNET_KEYS_KEK", std::string(64, '7').c_str(), 1), 0);
  Program server({kSignetd, "run", "--tokens.issuer=https://id.example.com",
                  "--database.url=host=" + state.path() + " dbname=signet",
                  "--listen.grpc=127.0.0.1:0", "--listen.http=127.0.0.1:0"});
  unsetenv("SIGNET_KEYS_KEK");
  ASSERT_TRUE(server.ReadErrorsUntil("waiting for the database")) << server.errors();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0) << server.errors();
}

TEST(Signetd, ConfigCheckNamesEverythingThatIsWrongAndFails) {
  const Finished checked =
      RunProgram({kSignetd, "config", "check", "--log.level=loud", "--tokens.access_ttl=2h"});
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.errors,
              HasSubstr("--log.level: log.level is not one of debug, info, warning, error\n"));
  EXPECT_THAT(checked.errors, HasSubstr("--tokens.access_ttl: tokens.access_ttl is outside"));
  EXPECT_THAT(checked.errors, HasSubstr("keys.kek is required"));
}

TEST(Signetd, ConfigPrintShowsWhereEachValueCameFrom) {
  const Finished printed = RunProgram({kSignetd, "config", "print", "--log.level=debug"});
  EXPECT_EQ(printed.code, 0) << printed.errors;
  EXPECT_THAT(printed.output, HasSubstr("level: \"debug\"  # --log.level\n"));
}

TEST(Signetd, WithoutACommandItExplainsItselfAndFails) {
  const Finished finished = RunProgram({kSignetd});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.errors, HasSubstr("signetd --dev"));
}

}  // namespace
}  // namespace signet::tests

// the runbook of a stolen signing key, as it is written, over two servers.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

using ::testing::HasSubstr;

// The lines of the first block of commands in a section of a page.
std::vector<std::string> CommandsOf(const std::string& page, const std::string& section) {
  const size_t from = page.find(absl::StrCat("\n## ", section, "\n"));
  const size_t begin = page.find("\n```\n", from);
  const size_t end = page.find("\n```\n", begin + 5);
  if (from == page.npos || end == page.npos) return {};
  return absl::StrSplit(page.substr(begin + 5, end - begin - 5), '\n', absl::SkipEmpty());
}

class EmergencyRotationTest : public testing::Test {
 protected:
  ProgramResult Signet(std::vector<std::string> arguments, const std::string& password = "") {
    Command command;
    command.arguments = {SignetPath()};
    for (std::string& argument : arguments) command.arguments.push_back(std::move(argument));
    command.environment = {{"SIGNET_ADDRESS", both_.server(0).grpc_address()},
                           {"XDG_STATE_HOME", home_.File("state")},
                           {"XDG_RUNTIME_DIR", home_.File("runtime")}};
    command.input_on_descriptor_3 = password;
    return RunProgram(command);
  }
  void LogInAsAdministrator() {
    (void)both_.Administrator();
    const auto login = Signet({"login", "admin@example.com", "--password-fd", "3"}, kPassword);
    ASSERT_EQ(login.exit_code, 0) << login.err;
  }
  bool Accepted(size_t server, const std::string& token) {
    const auto reply = both_.client(server).Validate(token);
    return reply.ok() && reply.message.active();
  }
  int64_t Keys(const std::string& where) {
    return both_.Number(absl::StrCat("SELECT count(*) FROM signet.signing_keys WHERE ", where));
  }

  Deployment both_{2};
  const ScratchDirectory home_;
};

TEST_F(EmergencyRotationTest, TheRunbookAsItIsWrittenEndsWhatWasStolen) {
  LogInAsAdministrator();
  const auto victim = both_.SignUp("ada@example.com");
  const std::string& stolen = victim.tokens().access_token();
  ASSERT_TRUE(Accepted(0, stolen) && Accepted(1, stolen));
  // One that waits for its time: whoever took the active one could take it, too.
  ASSERT_EQ(Signet({"keys", "prepare"}).exit_code, 0);

  const auto commands = CommandsOf(ReadFile(SIGNET_SOURCE_DIR "/docs/runbooks/keys.md"),
                                   "Emergency: a signing key was stolen");
  ASSERT_EQ(commands.size(), 3u);
  std::string said;
  for (const std::string& line : commands) {
    std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    ASSERT_EQ(words.front(), "signet") << line;
    words.erase(words.begin());
    const auto result = Signet(words);
    EXPECT_EQ(result.exit_code, 0) << line << ": " << result.err;
    absl::StrAppend(&said, result.out, result.err);
    if (words[1] == "rotate") {
      // At once, and everywhere within a second of it; the rest is for a busy machine.
      EXPECT_TRUE(Eventually(absl::Seconds(10),
                             [&] { return !Accepted(0, stolen) && !Accepted(1, stolen); }));
    }
  }
  EXPECT_THAT(said, HasSubstr("signs from now on"));
  EXPECT_THAT(said, HasSubstr("KEY_STATE_TAINTED"));
  EXPECT_EQ(Keys("state = 3"), 1);
  EXPECT_EQ(Keys("state = 6"), 2);
  EXPECT_EQ(Keys("true"), 3);

  // The session lives: its client refreshes, and what it gets is good everywhere.
  const auto next = both_.client(1).Refresh(victim.tokens().refresh_token());
  ASSERT_TRUE(next.ok()) << ReasonOf(next.status);
  EXPECT_TRUE(Eventually(absl::Seconds(10), [&] {
    const std::string& token = next.message.tokens().access_token();
    return Accepted(0, token) && Accepted(1, token);
  }));
}

// Ended after its first half, it is run again; what it left over is over then.
TEST_F(EmergencyRotationTest, DoneTwiceItLeavesOneKeyThatIsNewerThanAll) {
  LogInAsAdministrator();
  for (int i = 1; i <= 2; ++i) {
    const auto done = Signet({"--json", "keys", "rotate", "--emergency", "--yes"});
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    EXPECT_THAT(done.out, HasSubstr("\"activated\":{"));
    EXPECT_EQ(Keys("state = 3"), 1);
    EXPECT_EQ(Keys("state = 6"), i);
  }
  // Without an answer nothing happens.
  EXPECT_EQ(Signet({"keys", "rotate", "--emergency"}).exit_code, 2);
  EXPECT_EQ(Keys("state = 6"), 2);
}

}  // namespace
}  // namespace signet::tests

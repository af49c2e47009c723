#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "client/cli/cli_fixture.h"

namespace signet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(CliWithServerTest, WhatCannotBeUndoneIsAskedFor) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  Ran ran = Signet({"--json", "admin", "user", "delete", "user-1"}, "no\n");
  EXPECT_EQ(ran.code, ExitCode::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("Delete user-1 for good?"));
  EXPECT_THAT(ran.out, IsEmpty());
  ran = Signet({"--json", "admin", "user", "delete", "user-1"}, "yes\n");
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_EQ(ran.out, "{\"ended_sessions\":\"1\"}\n");
  EXPECT_EQ(Signet({"admin", "user", "disable", "user-1"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"admin", "user", "disable", "user-1", "--yes"}).code, ExitCode::kOk);
  ran = Signet({"admin", "user", "disable", "root", "--yes"});
  EXPECT_EQ(ran.code, ExitCode::kNegative);
  EXPECT_THAT(ran.err, HasSubstr("make somebody else an administrator without an end first"));
}

TEST_F(CliWithServerTest, PeopleAreListedPageByPageUpToTheLimit) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  const auto count = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"--json", "admin", "user", "list"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const std::string out = Signet(arguments).out;
    size_t people = 0;
    for (size_t at = out.find("user-1"); at != std::string::npos; at = out.find("user-1", at + 1)) {
      ++people;
    }
    return people;
  };
  EXPECT_EQ(count({}), 2000u);
  EXPECT_EQ(count({"--limit", "7"}), 7u);
  EXPECT_EQ(count({"--limit", "1001"}), 1001u);
  EXPECT_EQ(Signet({"admin", "user", "list", "--status", "sleeping"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"admin", "user", "list", "--created-from", "soon"}).code, ExitCode::kUsage);
}

TEST_F(CliWithServerTest, AnUpdateSendsOnlyWhatWasNamed) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  EXPECT_EQ(Signet({"admin", "user", "update", "user-1"}).code, ExitCode::kUsage);
  Ran ran = Signet({"--json", "admin", "user", "update", "user-1", "--display-name", "Ada"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\"display_name\":\"Ada\""), HasSubstr("\"email\":\"\"")));
  ran = Signet({"--json", "admin", "user", "update", "user-1", "--email", "ada@x.org"});
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("\"display_name\":\"\""), HasSubstr("\"email\":\"ada@x.org\"")));
}

TEST_F(CliWithServerTest, PersonalDataIsExportedAsOneObjectAndErasedOnlyWhenMeant) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  EXPECT_EQ(Signet({"admin", "user", "export", "user-1"}).out,
            "{\"records\":[\n{\"table\":\"users\"},\n{\"table\":\"sessions\"}\n]}\n");
  EXPECT_EQ(Signet({"admin", "user", "erase", "user-1"}, "y\n").code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"--json", "admin", "user", "erase", "user-1", "--yes"}).out,
            "{\"erased\":true}\n");
}

TEST_F(CliWithServerTest, AnImportTellsItsProgressAndWhetherAllWentIn) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  Ran ran = Signet({"admin", "user", "import", "-"}, "{\"email\":\"a@x.org\"}\n");
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_EQ(ran.out, "{\"line\":1,\"outcome\":\"CREATED\"}\n");
  EXPECT_THAT(ran.err, HasSubstr("1 lines: 1 created, 0 were there, 0 refused"));
  EXPECT_EQ(Signet({"admin", "user", "import", "-"}, "{}\nnonsense\n").code, ExitCode::kNegative);
  EXPECT_EQ(Signet({"admin", "user", "import", "/no/such/file"}).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace signet::cli

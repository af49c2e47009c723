#include "server/doctor/report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::doctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Finding Made(const std::string& check, Verdict verdict, const std::string& seen) {
  return {
      .check = check, .verdict = verdict, .seen = seen, .todo = "do it", .runbook = "docs/x.md"};
}

TEST(Report, TheTableIsAlignedAndSaysWhatToDoAboutWhatIsWrong) {
  const std::string table =
      AsTable({Made("clock", Verdict::kOk, "3 ms"), Made("certificate", Verdict::kFail, "ended")},
              Look::kPlain);
  EXPECT_EQ(table,
            "clock        ok       3 ms\n"
            "certificate  fail     ended\n"
            "                      -> do it (docs/x.md)\n"
            "1 ok, 0 to be warned of, 1 failed, 0 skipped\n");
}

// Others' words, of a proxy or a database, are part of a line and never a line of their own.
TEST(Report, NobodyElsesWordsMakeALineOrMoveTheCursor) {
  const std::string table =
      AsTable({Made("a", Verdict::kFail, "gone\nb  ok  \x1b[2J")}, Look::kPlain);
  EXPECT_THAT(table, HasSubstr("gone b  ok   [2J\n"));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
}

TEST(Report, JsonEscapesAndTellsTheWorst) {
  const std::string json =
      AsJson({Made("a", Verdict::kWarn, "\"quoted\"\n"), Made("b", Verdict::kOk, "")});
  EXPECT_EQ(json,
            "{\"verdict\":\"warn\",\"checks\":[{\"check\":\"a\",\"verdict\":\"warn\",\"seen\":"
            "\"\\\"quoted\\\"\\n\",\"todo\":\"do it\",\"runbook\":\"docs/x.md\"},{\"check\":\"b\","
            "\"verdict\":\"ok\",\"seen\":\"\",\"todo\":\"do it\",\"runbook\":\"docs/x.md\"}]}\n");
}

TEST(Report, WarningsFailWhereTheyAreToCount) {
  const std::vector<Finding> warned = {Made("a", Verdict::kWarn, "")};
  EXPECT_EQ(ExitCodeOf(warned, Strictness::kFailuresCount), 0);
  EXPECT_EQ(ExitCodeOf(warned, Strictness::kWarningsCount), 1);
  EXPECT_EQ(ExitCodeOf({Made("a", Verdict::kFail, "")}, Strictness::kFailuresCount), 1);
  EXPECT_EQ(ExitCodeOf({Made("a", Verdict::kSkipped, "")}, Strictness::kWarningsCount), 0);
}

TEST(Report, NotesConcludeTheWorstFirst) {
  Notes notes;
  notes.Ok("fine");
  notes.Warn("old", "renew", "docs/w.md");
  notes.Fail("gone", "restore", "docs/f.md");
  const Finding finding = notes.Conclude();
  EXPECT_EQ(finding.verdict, Verdict::kFail);
  EXPECT_EQ(finding.seen, "gone; old; fine");
  EXPECT_EQ(finding.todo, "restore; renew");
  EXPECT_EQ(finding.runbook, "docs/f.md");
}

}  // namespace
}  // namespace signet::doctor

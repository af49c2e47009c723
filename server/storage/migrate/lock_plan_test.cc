// what a migration locks is known before it runs.

#include "server/storage/migrate/lock_plan.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/storage/migrate/migration.h"
#include "server/storage/migrate/sql_script.h"

namespace signet::storage {
namespace {

using ::testing::ElementsAre;

// "ACCESS EXCLUSIVE t runs", one per statement and table.
std::vector<std::string> Locks(const std::string& script) {
  constexpr const char* kWords[] = {"runs", "waits", "breaks", "unknown"};
  std::vector<std::string> all;
  for (const StatementPlan& plan : PlanLocks(script)) {
    all.push_back(absl::StrCat(TableLockName(plan.lock), plan.table.empty() ? "" : " ", plan.table,
                               " ", kWords[static_cast<int>(plan.meanwhile)]));
  }
  return all;
}

TEST(LockPlan, AnIndexOnATableInUseMakesWritersWaitUnlessItIsBuiltBeside) {
  EXPECT_THAT(Locks("CREATE INDEX i ON t (x)"), ElementsAre("SHARE t waits"));
  EXPECT_THAT(Locks("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY t (x)"),
              ElementsAre("SHARE UPDATE EXCLUSIVE t runs"));
  EXPECT_THAT(Locks("DROP INDEX CONCURRENTLY i"),
              ElementsAre("SHARE UPDATE EXCLUSIVE its table runs"));
}

TEST(LockPlan, WhatTheScriptItselfMadeLocksNothing) {
  EXPECT_THAT(
      Locks("CREATE TABLE t (x int); CREATE INDEX i ON t (x); ALTER TABLE t ADD y int NOT "
            "NULL; COMMENT ON COLUMN t.x IS 'a; b'; INSERT INTO t VALUES (1)"),
      ElementsAre("no lock runs", "no lock runs", "no lock runs", "no lock runs", "no lock runs"));
  EXPECT_THAT(Locks("CREATE TABLE t (x int REFERENCES u (id), y int REFERENCES t (x))"),
              ElementsAre("SHARE ROW EXCLUSIVE u runs"));
  EXPECT_THAT(Locks("CREATE TABLE t PARTITION OF p DEFAULT"),
              ElementsAre("ACCESS EXCLUSIVE p runs"));
}

TEST(LockPlan, ANewColumnIsAMomentUnlessRowsAreWrittenOrJudgedForIt) {
  EXPECT_THAT(Locks("ALTER TABLE t ADD COLUMN x int"), ElementsAre("ACCESS EXCLUSIVE t runs"));
  EXPECT_THAT(Locks("ALTER TABLE t ADD COLUMN x int NOT NULL DEFAULT 0"),
              ElementsAre("ACCESS EXCLUSIVE t runs"));
  EXPECT_THAT(Locks("ALTER TABLE t ADD COLUMN x uuid DEFAULT gen_random_uuid()"),
              ElementsAre("ACCESS EXCLUSIVE t waits"));
  EXPECT_THAT(Locks("ALTER TABLE t ADD COLUMN x int CHECK (x > 0)"),
              ElementsAre("ACCESS EXCLUSIVE t waits"));
  // The version before inserts rows without it.
  EXPECT_THAT(Locks("ALTER TABLE t ADD COLUMN x int NOT NULL"),
              ElementsAre("ACCESS EXCLUSIVE t breaks"));
}

TEST(LockPlan, AConstraintIsAddedUnjudgedAndJudgedLater) {
  EXPECT_THAT(Locks("ALTER TABLE t ADD CONSTRAINT c CHECK (x > 0)"),
              ElementsAre("ACCESS EXCLUSIVE t waits"));
  EXPECT_THAT(Locks("ALTER TABLE t ADD CONSTRAINT c CHECK (x > 0) NOT VALID"),
              ElementsAre("ACCESS EXCLUSIVE t runs"));
  EXPECT_THAT(Locks("ALTER TABLE t VALIDATE CONSTRAINT c"),
              ElementsAre("SHARE UPDATE EXCLUSIVE t runs"));
  EXPECT_THAT(Locks("ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES u (id) NOT VALID"),
              ElementsAre("SHARE ROW EXCLUSIVE t runs", "SHARE ROW EXCLUSIVE u runs"));
}

TEST(LockPlan, EachActionOfOneStatementCounts) {
  EXPECT_THAT(Locks("ALTER TABLE IF EXISTS ONLY t ADD x numeric(3, 2), DROP COLUMN y, ALTER z SET "
                    "DEFAULT 1, ALTER z TYPE text"),
              ElementsAre("ACCESS EXCLUSIVE t runs", "ACCESS EXCLUSIVE t breaks",
                          "ACCESS EXCLUSIVE t runs", "ACCESS EXCLUSIVE t breaks"));
}

TEST(LockPlan, WhatIsTakenAwayBreaksWhoeverUsesIt) {
  for (const char* taken : {"DROP TABLE t", "DROP FUNCTION f(int)", "DROP TRIGGER x ON t",
                            "ALTER TABLE t RENAME x TO y", "REVOKE SELECT ON t FROM signet_service",
                            "ALTER TABLE t ALTER COLUMN x SET NOT NULL"}) {
    EXPECT_EQ(Worst(PlanLocks(taken)), Meanwhile::kBreaks) << taken;
  }
  EXPECT_EQ(Worst(PlanLocks("REVOKE ALL ON FUNCTION f(int) FROM PUBLIC")), Meanwhile::kRuns);
}

TEST(LockPlan, RowsOfATableInUseBelongIntoABackfill) {
  EXPECT_THAT(Locks("UPDATE t SET x = 1"), ElementsAre("ROW EXCLUSIVE t waits"));
  EXPECT_THAT(Locks("-- mode: backfill\nUPDATE t SET x = 1"), ElementsAre("ROW EXCLUSIVE t runs"));
}

TEST(LockPlan, WhatItDoesNotKnowItSays) {
  for (const char* unknown :
       {"CLUSTER t", "SELECT f()", "DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$",
        "ALTER TABLE t INHERIT u",
        "DO $$ BEGIN FOREACH n IN ARRAY ARRAY['t'] LOOP EXECUTE "
        "format('CREATE TRIGGER x ON signet.%I', n); END LOOP; END $$"}) {
    EXPECT_EQ(Worst(PlanLocks(unknown)), Meanwhile::kUnknown) << unknown;
  }
}

TEST(LockPlan, ShowsPeopleWhatMatters) {
  EXPECT_EQ(FormatLocks(PlanLocks("CREATE TABLE t (x int); CREATE INDEX i ON u (x)")),
            "       SHARE on u, for as long as it takes: CREATE INDEX i ON u (x)\n");
}

// Each statement that was ever shipped, forward and back.
TEST(LockPlan, KnowsEveryMigration) {
  for (const Migration& migration : EmbeddedMigrations()) {
    for (const std::string* script : {&migration.up, &migration.down}) {
      for (const StatementPlan& plan : PlanLocks(*script)) {
        EXPECT_NE(plan.meanwhile, Meanwhile::kUnknown) << migration.name << ": " << plan.text;
      }
    }
  }
}

// the version before serves while a migration runs. The three that make calls wait are of
// the time before the first release. A step that takes away what an older version uses is written
// down here, in the release after the one that stopped using it.
TEST(LockPlan, TheVersionBeforeRunsDuringEveryMigration) {
  const std::set<int> waiting = {2, 8, 12};
  const std::set<int> contracting = {};
  for (const Migration& migration : EmbeddedMigrations()) {
    const Meanwhile worst = Worst(PlanLocks(migration.up));
    const Meanwhile allowed = contracting.count(migration.version) > 0 ? Meanwhile::kBreaks
                              : waiting.count(migration.version) > 0   ? Meanwhile::kWaits
                                                                       : Meanwhile::kRuns;
    EXPECT_LE(worst, allowed) << migration.name << "\n" << FormatLocks(PlanLocks(migration.up));
  }
}

// In one transaction PostgreSQL refuses it.
TEST(LockPlan, WhatIsBuiltBesideIsInAScriptOfThatMode) {
  for (const Migration& migration : EmbeddedMigrations()) {
    for (const std::string* script : {&migration.up, &migration.down}) {
      if (ModeOf(*script) == ScriptMode::kConcurrent) continue;
      for (const std::string& statement : SplitScript(*script)) {
        EXPECT_EQ(statement.find(" CONCURRENTLY "), std::string::npos) << migration.name;
      }
    }
  }
}

}  // namespace
}  // namespace signet::storage

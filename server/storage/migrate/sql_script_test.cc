#include "server/storage/migrate/sql_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signet::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitScript, CutsAtSemicolonsThatAreNotQuoted) {
  EXPECT_THAT(SplitScript("SELECT 1; SELECT ';' ;\n\n SELECT \";\""),
              ElementsAre("SELECT 1", "SELECT ';'", "SELECT \";\""));
  EXPECT_THAT(SplitScript("DO $a$ BEGIN x; $b$;$b$ END $a$; SELECT $1"),
              ElementsAre("DO $a$ BEGIN x; $b$;$b$ END $a$", "SELECT $1"));
  EXPECT_THAT(SplitScript(" ;; \n;"), IsEmpty());
}

TEST(SplitScript, LeavesCommentsOut) {
  EXPECT_THAT(SplitScript("-- a; b\nSELECT /* ; */ 1 -- it's;\n  , 2;"),
              ElementsAre("SELECT 1 , 2"));
  EXPECT_THAT(SplitScript("SELECT '--', $x$ -- $x$"), ElementsAre("SELECT '--', $x$ -- $x$"));
}

TEST(SplitScript, WhatIsNotEndedReachesToTheEnd) {
  EXPECT_THAT(SplitScript("SELECT 'a; b"), ElementsAre("SELECT 'a; b"));
  EXPECT_THAT(SplitScript("SELECT 1 /* ;"), ElementsAre("SELECT 1"));
}

TEST(ScriptModes, StandInTheFirstLine) {
  EXPECT_EQ(ModeOf("-- mode: concurrent\nCREATE INDEX"), ScriptMode::kConcurrent);
  EXPECT_EQ(ModeOf("-- mode: backfill\nUPDATE"), ScriptMode::kBackfill);
  EXPECT_EQ(ModeOf("-- People\n-- mode: backfill"), ScriptMode::kTransaction);
  EXPECT_EQ(ModeOf(""), ScriptMode::kTransaction);
}

}  // namespace
}  // namespace signet::storage

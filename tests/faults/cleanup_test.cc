// whether the database is cleaned up can be seen.

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/faults/deployment.h"
#include "tests/harness/program.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

class CleanupTest : public testing::Test {
 protected:
  CleanupTest() { EXPECT_EQ(one_.server(0).Terminate(), 0); }

  double Scraped(const char* name) { return Metric(one_.server(0).http_port(), name); }

  Deployment one_{1};
};

TEST_F(CleanupTest, WhatIsLeftToAnotherProcessGetsOlderUntilThisOneHasDoneIt) {
  // As a replica that is at it.
  const std::string lock = "SELECT pg_advisory_lock(hashtextextended('signet.partitions', 0))";
  Command command;
  command.arguments = {
      Cluster().binaries() + "/psql", "-XAtd", one_.database().owner_conninfo(), "-c", lock, "-c",
      "SELECT pg_sleep(600)"};
  const ScratchDirectory scratch;
  const BackgroundProgram other(command, scratch.File("psql"));
  const std::string sleeping = "pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
  ASSERT_TRUE(Eventually(absl::Seconds(20), [&] {
    return one_.Number(absl::StrCat("SELECT count(*) FROM ", sleeping)) == 1;
  }));
  one_.server(0).Launch();
  ASSERT_TRUE(
      Eventually(absl::Seconds(60), [&] { return Scraped("signet_cleanup_age_seconds") > 2; }));
  const absl::Time released = absl::Now();
  one_.Number(absl::StrCat("SELECT count(pg_terminate_backend(pid)) FROM ", sleeping));
  ASSERT_TRUE(one_.server(0).AwaitServing());
  const double age = Scraped("signet_cleanup_age_seconds");
  EXPECT_LE(age, absl::ToDoubleSeconds(absl::Now() - released));
  EXPECT_EQ(Scraped("signet_cleanup_failures_total"), 0);
}

TEST_F(CleanupTest, WhatFailsIsCountedAndKeepsNobodyFromServing) {
  Sql(one_.database(), "ALTER FUNCTION signet.retire_audit RENAME TO retire_audit_no_more");
  one_.server(0).Start();
  EXPECT_GE(Scraped("signet_cleanup_failures_total"), 1);
}

}  // namespace
}  // namespace signet::tests

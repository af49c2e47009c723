// R-109: several `signetd bootstrap` over one database at once make one administrator, with one
// event in the audit log (R-501).

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

constexpr size_t kAtOnce = 3;

class BootstrapRaceTest : public testing::Test {
 protected:
  // Between two rounds the administrator goes, whom the service could not remove.
  BootstrapRaceTest() {
    Sql(database_, "ALTER TABLE signet.users DISABLE TRIGGER an_administrator_remains");
  }

  ProgramResult Bootstrap(const std::string& email) {
    return process_.RunCommand({"bootstrap", "--email", email, "--password-fd", "3"}, kPassword);
  }
  int64_t Number(const std::string& sql) {
    int64_t number = -1;
    const std::string text = Sql(database_, sql);
    EXPECT_TRUE(absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &number)) << sql << ": " << text;
    return number;
  }
  // How many administrators there are; they are gone after it, as from a new database.
  int64_t TakeAdministrators() {
    return Number(R"sql(
      WITH credentials AS (
        DELETE FROM signet.password_credentials AS c USING signet.users AS u
         WHERE u.id = c.user_id AND 'admin' = ANY (u.roles)
      ), people AS (
        DELETE FROM signet.users WHERE 'admin' = ANY (roles) RETURNING id
      )
      SELECT count(*) FROM people)sql");
  }
  // Holds everybody up where it is looked whether there is an administrator, until all of them have
  // come so far. Processes that are started together are milliseconds apart, which is longer than
  // what they race for.
  void HoldUntilAllAreThere() {
    Sql(database_, absl::StrCat(R"sql(
      DO $$
      BEGIN
        LOCK TABLE signet.users IN ACCESS EXCLUSIVE MODE;
        WHILE (SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND database =
                 (SELECT oid FROM pg_database WHERE datname = current_database())) < )sql",
                                kAtOnce, R"sql( LOOP
          PERFORM pg_sleep(0.001);
        END LOOP;
      END $$)sql"));
  }
  void AwaitHeld() {
    EXPECT_TRUE(Eventually(absl::Seconds(30), [&] {
      return Number(
                 "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock'"
                 " AND relation = 'signet.users'::regclass") == 1;
    }));
  }

  const TestDatabase database_;
  const ServerProcess process_{
      database_,  // not started
      {{"database.statement_timeout", "30s"}, {"database.connect_timeout", "30s"}}};
};

TEST_F(BootstrapRaceTest, OfSeveralProcessesOneMakesTheAdministrator) {
  const int rounds = RaceRounds();
  for (int round = 0; round < rounds; ++round) {
    std::thread gate([this] { HoldUntilAllAreThere(); });
    AwaitHeld();
    std::vector<ProgramResult> results(kAtOnce);
    std::vector<std::thread> racers;
    for (size_t i = 0; i < kAtOnce; ++i) {
      racers.emplace_back(
          [&, i] { results[i] = Bootstrap(absl::StrCat("root", i, ".", round, "@example.com")); });
    }
    for (std::thread& racer : racers) racer.join();
    gate.join();
    int made = 0;
    for (const ProgramResult& result : results) {
      made += result.exit_code == 0 ? 1 : 0;
      const bool refused = result.exit_code == 1 &&
                           absl::StrContains(result.err, "there is an administrator already");
      ASSERT_TRUE(result.exit_code == 0 || refused) << result.exit_code << " " << result.err;
    }
    ASSERT_EQ(made, 1) << "round " << round;
    ASSERT_EQ(TakeAdministrators(), 1) << "round " << round;
  }
  EXPECT_EQ(Number("SELECT count(*) FROM signet.audit_events WHERE action = 4 AND outcome = 1"),
            rounds);
  EXPECT_EQ(Number("SELECT count(*) FROM signet.users"), 0);
}

}  // namespace
}  // namespace signet::tests

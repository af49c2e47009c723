// the schema goes forward and back, and is what migrations/schema.sql says.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <pqxx/pqxx>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "client/base/error.h"
#include "server/storage/migrate/migrator.h"
#include "tests/conformance/postgres_fixture.h"
#include "tests/harness/eventually.h"

namespace signet::conformance {
namespace {

using storage::Migration;
using storage::Migrator;

std::unique_ptr<Migrator> Connect(const std::string& conninfo, std::vector<Migration> migrations =
                                                                   storage::EmbeddedMigrations()) {
  auto migrator = Migrator::Connect({.conninfo = conninfo}, std::move(migrations));
  EXPECT_TRUE(migrator.ok()) << migrator.status();
  return *std::move(migrator);
}

// pg_dump without what differs between servers and runs: comments, settings, blank lines, the
// random key of \restrict.
std::string Dump(const std::string& conninfo) {
  const std::string command =
      absl::StrCat(tests::Cluster().binaries(),
                   "/pg_dump --schema-only --no-owner --schema=signet -d \"", conninfo, "\"");
  FILE* pipe = popen(command.c_str(), "r");
  std::string schema;
  char line[4096];
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    const absl::string_view text(line);
    const bool noise = text == "\n" || absl::StartsWith(text, "--") ||
                       absl::StartsWith(text, "SET ") || absl::StartsWith(text, "\\") ||
                       absl::StartsWith(text, "SELECT pg_catalog.set_config");
    if (!noise) absl::StrAppend(&schema, text);
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return schema;
}

std::vector<Migration> TwoSmallOnes() {
  return {{1, "one", "CREATE TABLE public.one (x int)", "DROP TABLE public.one"},
          {2, "two", "CREATE TABLE public.two (x int)", "DROP TABLE public.two"}};
}

// A transaction that holds what `sql` locks.
class Holder {
 public:
  Holder(const std::string& conninfo, const char* sql)
      : connection_(storage::Connection::Open(conninfo).value()) {
    Do("BEGIN");
    Do(sql);
  }
  void LetGo() { Do("ROLLBACK"); }

 private:
  void Do(const char* sql) {
    std::string sqlstate;
    EXPECT_TRUE(connection_->Execute({sql, sql}, storage::Params(), sqlstate).ok()) << sql;
  }
  std::unique_ptr<storage::Connection> connection_;
};

TEST(Migrations, MakeTheSchemaThatTheGoldenFileShows) {
  const tests::TestDatabase database;
  const std::string path = absl::StrCat(SIGNET_SOURCE_DIR, "/migrations/schema.sql");
  const std::string schema = Dump(database.owner_conninfo());
  if (std::getenv("SIGNET_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << schema;
  std::ifstream file(path);
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(schema, golden.str())
      << "if the change is meant: SIGNET_UPDATE_GOLDEN=1 and run this test again";
}

TEST(Migrations, GoUpDownAndUpAgainToTheSameSchema) {
  const tests::EmptyDatabase database;
  const auto migrator = Connect(database.owner_conninfo());
  ASSERT_TRUE(migrator->MigrateTo(std::nullopt).ok());
  const std::string first = Dump(database.owner_conninfo());
  const auto down = migrator->MigrateTo(0);
  ASSERT_TRUE(down.ok()) << down.status();
  EXPECT_EQ(down->size(), storage::EmbeddedMigrations().size());
  EXPECT_EQ(Ask(database.owner_conninfo(), "SELECT to_regnamespace('signet')").text(), "");
  ASSERT_TRUE(migrator->MigrateTo(std::nullopt).ok());
  EXPECT_EQ(Dump(database.owner_conninfo()), first);
}

TEST(Migrations, AreNumberedFromOneWithoutGaps) {
  int expected = 0;
  for (const Migration& migration : storage::EmbeddedMigrations()) {
    EXPECT_EQ(migration.version, ++expected);
    EXPECT_FALSE(migration.up.empty() || migration.down.empty()) << migration.name;
  }
}

TEST(Migrations, AreShownByTheNamesOfTheirFiles) {
  std::vector<std::string> names;
  for (const Migration& migration : storage::EmbeddedMigrations()) {
    names.push_back(storage::DisplayName(migration.version, migration.name));
  }
  EXPECT_THAT(names, testing::ElementsAre(
                         "0001_core", "0002_expired_sessions", "0003_mail_outbox",
                         "0004_audit_events", "0005_email_tokens", "0006_audit_tree",
                         "0007_second_factor", "0008_people", "0009_people_data", "0010_attempts",
                         "0011_limits", "0012_access", "0013_guesses_of_people", "0014_streams",
                         "0015_session_tokens", "0016_doctor", "0017_key_encryption"));
}

TEST(MigratorTest, PlansWithoutDoingAndDoesWhatItPlanned) {
  const tests::EmptyDatabase database;
  const auto migrator = Connect(database.owner_conninfo(), TwoSmallOnes());
  EXPECT_EQ(FormatSteps(migrator->Plan(std::nullopt).value()), "up   0001_one\nup   0002_two\n");
  EXPECT_EQ(FormatStates(migrator->Status().value()), "0001_one  pending\n0002_two  pending\n");
  EXPECT_EQ(FormatSteps(migrator->MigrateTo(1).value()), "up   0001_one\n");
  EXPECT_EQ(FormatSteps(migrator->MigrateTo(std::nullopt).value()), "up   0002_two\n");
  EXPECT_EQ(FormatSteps(migrator->MigrateTo(std::nullopt).value()), "nothing to do\n");
  EXPECT_EQ(FormatSteps(migrator->Plan(0).value()), "down 0002_two\ndown 0001_one\n");
  const auto states = migrator->Status().value();
  EXPECT_TRUE(states[0].applied_at && states[1].applied_at);
}

TEST(MigratorTest, RefusesAMigrationThatWasEditedAfterItWasApplied) {
  const tests::EmptyDatabase database;
  ASSERT_TRUE(Connect(database.owner_conninfo(), TwoSmallOnes())->MigrateTo(1).ok());
  auto edited = TwoSmallOnes();
  edited[0].up += " -- edited";
  const auto migrator = Connect(database.owner_conninfo(), edited);
  const auto refused = migrator->MigrateTo(std::nullopt);
  EXPECT_EQ(base::ErrorReason(refused.status()), "MIGRATION_CHANGED");
  EXPECT_TRUE(migrator->Status().value()[0].changed);
}

TEST(MigratorTest, RefusesADatabaseThatIsAheadAndATargetThatIsNone) {
  const tests::EmptyDatabase database;
  ASSERT_TRUE(Connect(database.owner_conninfo(), TwoSmallOnes())->MigrateTo(std::nullopt).ok());
  auto older = TwoSmallOnes();
  older.pop_back();
  const auto behind = Connect(database.owner_conninfo(), older);
  EXPECT_EQ(base::ErrorReason(behind->MigrateTo(std::nullopt).status()), "MIGRATION_UNKNOWN");
  EXPECT_TRUE(behind->Status().value()[1].unknown);
  const auto current = Connect(database.owner_conninfo(), TwoSmallOnes());
  EXPECT_EQ(base::ErrorReason(current->MigrateTo(3).status()), "MIGRATION_TARGET");
}

TEST(MigratorTest, AFailedStepLeavesNothingOfItselfAndSaysWhy) {
  const tests::EmptyDatabase database;
  auto broken = TwoSmallOnes();
  broken[1].up = "CREATE TABLE public.half (x int); SELECT nonsense";
  const auto refused = Connect(database.owner_conninfo(), broken)->MigrateTo(std::nullopt);
  EXPECT_EQ(base::ErrorReason(refused.status()), "MIGRATION_FAILED");
  EXPECT_TRUE(absl::StrContains(refused.status().message(), "nonsense"));
  EXPECT_EQ(Ask(database.owner_conninfo(), "SELECT to_regclass('public.half')").text(), "");
  EXPECT_EQ(Ask(database.owner_conninfo(), "SELECT to_regclass('public.one')").text(), "one");
  EXPECT_TRUE(Connect(database.owner_conninfo(), TwoSmallOnes())->MigrateTo(std::nullopt).ok());
}

// the service's statements hold tables in another order than a migration takes them. Whoever
// loses must not be the service.
TEST(MigratorTest, GivesWayToAStatementThatHoldsWhatItWants) {
  const tests::EmptyDatabase database;
  auto migrations = TwoSmallOnes();
  migrations.push_back({3, "both",
                        "ALTER TABLE public.one ADD COLUMN y int;"
                        "ALTER TABLE public.two ADD COLUMN y int",
                        "SELECT 1"});
  ASSERT_TRUE(Connect(database.owner_conninfo(), migrations)->MigrateTo(2).ok());

  pqxx::connection service(database.owner_conninfo());
  pqxx::work statement(service);
  statement.exec("LOCK TABLE public.two IN ROW EXCLUSIVE MODE");
  absl::Notification blocked;
  Migrator::Options options{.conninfo = database.owner_conninfo()};
  options.blocked = [&](absl::string_view name) {
    EXPECT_EQ(name, "0003_both");
    if (!blocked.HasBeenNotified()) blocked.Notify();
  };
  absl::Status migrated;
  std::thread migrator([&] {
    migrated = (*Migrator::Connect(options, migrations))->MigrateTo(std::nullopt).status();
  });
  // It holds one, and waits for two.
  ASSERT_TRUE(tests::Eventually(absl::Seconds(20), [&] {
    return Ask(database.owner_conninfo(),
               "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
               "'public.two'::regclass")
               .text() == "1";
  }));
  EXPECT_NO_THROW(statement.exec("SELECT * FROM public.one"))
      << "waits for the migration, which waits";
  EXPECT_TRUE(blocked.WaitForNotificationWithTimeout(absl::Seconds(20)));
  statement.commit();
  migrator.join();
  EXPECT_TRUE(migrated.ok()) << migrated;
}

TEST(MigratorTest, SaysThatItWasBlockedWhenItsPatienceIsOver) {
  const tests::EmptyDatabase database;
  auto migrations = TwoSmallOnes();
  migrations[1].up = "ALTER TABLE public.one ADD COLUMN y int";
  ASSERT_TRUE(Connect(database.owner_conninfo(), migrations)->MigrateTo(1).ok());
  pqxx::connection service(database.owner_conninfo());
  pqxx::work statement(service);
  statement.exec("LOCK TABLE public.one IN ACCESS SHARE MODE");
  Migrator::Options options{.conninfo = database.owner_conninfo()};
  options.patience = absl::ZeroDuration();
  const auto refused = (*Migrator::Connect(options, migrations))->MigrateTo(std::nullopt);
  EXPECT_EQ(base::ErrorReason(refused.status()), "MIGRATION_BLOCKED");
}

TEST(MigratorTest, TwoAtOnceApplyEachMigrationOnce) {
  const tests::EmptyDatabase database;
  std::vector<size_t> applied(4);
  std::vector<std::thread> migrators;
  for (size_t i = 0; i < applied.size(); ++i) {
    migrators.emplace_back([&, i] {
      applied[i] =
          Connect(database.owner_conninfo(), TwoSmallOnes())->MigrateTo(std::nullopt)->size();
    });
  }
  for (std::thread& migrator : migrators) migrator.join();
  EXPECT_THAT(applied, testing::UnorderedElementsAre(2u, 0u, 0u, 0u));
}

//
TEST(MigratorTest, BuildsAnIndexBesideWritersAndClearsAwayOneThatWasCutShort) {
  const tests::EmptyDatabase database;
  auto migrations = TwoSmallOnes();
  migrations[1].up =
      "-- mode: concurrent\n"
      "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_by_x ON public.one (x);\n"
      "CREATE INDEX CONCURRENTLY IF NOT EXISTS one_by_x_again ON public.one (x);\n";
  migrations[1].down = "-- mode: concurrent\nDROP INDEX CONCURRENTLY public.one_by_x";
  ASSERT_TRUE(Connect(database.owner_conninfo(), migrations)->MigrateTo(1).ok());
  // Two alike: the build fails half-way and leaves an index that IF NOT EXISTS is content with.
  Ask(database.owner_conninfo(), "INSERT INTO public.one VALUES (1), (1) RETURNING x");
  const auto refused = Connect(database.owner_conninfo(), migrations)->MigrateTo(std::nullopt);
  EXPECT_EQ(base::ErrorReason(refused.status()), "MIGRATION_FAILED");
  constexpr char kValid[] =
      "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid IN"
      " (to_regclass('public.one_by_x'), to_regclass('public.one_by_x_again'))";
  EXPECT_EQ(Ask(database.owner_conninfo(), kValid).text(), "0");
  Ask(database.owner_conninfo(), "DELETE FROM public.one RETURNING x");
  const auto done = Connect(database.owner_conninfo(), migrations)->MigrateTo(std::nullopt);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(Ask(database.owner_conninfo(), kValid).text(), "2");
  EXPECT_TRUE(Connect(database.owner_conninfo(), migrations)->Status().value()[1].applied_at);
}

// an index that is built beside waits for each statement that is older than it.
TEST(MigratorTest, WhoWaitsForItsTurnDoesNotHoldUpAnIndexThatIsBuiltBeside) {
  const tests::EmptyDatabase database;
  auto migrations = TwoSmallOnes();
  migrations[1].up =
      "-- mode: concurrent\nCREATE INDEX CONCURRENTLY IF NOT EXISTS one_by_x ON public.one (x)";
  ASSERT_TRUE(Connect(database.owner_conninfo(), migrations)->MigrateTo(1).ok());
  Holder writer(database.owner_conninfo(), "LOCK TABLE public.one IN ROW EXCLUSIVE MODE");
  size_t first_did = 0, second_did = 99;
  std::thread first([&] {
    first_did =
        Connect(database.owner_conninfo(), migrations)->MigrateTo(std::nullopt).value().size();
  });
  EXPECT_TRUE(tests::Eventually(absl::Seconds(20), [&] {
    return Ask(database.owner_conninfo(), "SELECT to_regclass('public.one_by_x')").text() != "";
  }));
  absl::Notification asked;
  Migrator::Options options{database.owner_conninfo()};
  options.pause = [&](absl::Duration pause) {
    if (!asked.HasBeenNotified()) asked.Notify();
    absl::SleepFor(pause);
  };
  std::thread second([&] {
    second_did =
        Migrator::Connect(options, migrations).value()->MigrateTo(std::nullopt).value().size();
  });
  EXPECT_TRUE(asked.WaitForNotificationWithTimeout(absl::Seconds(20)));
  writer.LetGo();
  first.join();
  second.join();
  EXPECT_EQ(first_did, 1u);
  EXPECT_EQ(second_did, 0u);
}

TEST(MigratorTest, SaysThatAnotherIsAtWorkWhenItsPatienceIsOver) {
  const tests::EmptyDatabase database;
  Holder other(database.owner_conninfo(),
               "SELECT pg_advisory_xact_lock(hashtextextended('signet.migrations', 0))");
  Migrator::Options options{database.owner_conninfo()};
  options.patience = absl::ZeroDuration();
  const auto refused = Migrator::Connect(options, TwoSmallOnes()).value()->MigrateTo(std::nullopt);
  EXPECT_EQ(base::ErrorReason(refused.status()), "MIGRATION_BLOCKED");
  other.LetGo();
  EXPECT_TRUE(Migrator::Connect(options, TwoSmallOnes()).value()->MigrateTo(std::nullopt).ok());
}

// a batch gives way, too, and a statement of a concurrent script that is not built beside.
TEST(MigratorTest, GivesWayOutsideATransactionAsWell) {
  for (const char* script : {"-- mode: backfill\nUPDATE public.one SET x = 1 WHERE x IS NULL",
                             "-- mode: concurrent\nALTER TABLE public.one ADD y int"}) {
    const tests::EmptyDatabase database;
    auto migrations = TwoSmallOnes();
    migrations[1].up = script;
    ASSERT_TRUE(Connect(database.owner_conninfo(), migrations)->MigrateTo(1).ok());
    Ask(database.owner_conninfo(), "INSERT INTO public.one VALUES (NULL) RETURNING 1");
    Holder service(database.owner_conninfo(), "LOCK TABLE public.one IN SHARE MODE");
    Migrator::Options options{database.owner_conninfo()};
    int blocked = 0;
    options.blocked = [&](absl::string_view name) {
      EXPECT_EQ(name, "0002_two");
      if (++blocked == 2) service.LetGo();
    };
    options.pause = [](absl::Duration) {};
    const auto done = Migrator::Connect(options, migrations).value()->MigrateTo(std::nullopt);
    EXPECT_TRUE(done.ok()) << script << ": " << done.status();
    EXPECT_EQ(blocked, 2) << script;
  }
}

// expand, fill in while the service runs, contract; a run that was ended goes on.
TEST(MigratorTest, FillsInBatchByBatchAndGoesOnWhereItWasEnded) {
  const tests::EmptyDatabase database;
  auto migrations = TwoSmallOnes();
  migrations[1].up =
      "-- mode: backfill\n"
      "UPDATE public.one SET x = 1 WHERE ctid IN\n"
      "  (SELECT ctid FROM public.one WHERE x IS NULL LIMIT 10)\n";
  ASSERT_TRUE(Connect(database.owner_conninfo(), migrations)->MigrateTo(1).ok());
  Ask(database.owner_conninfo(),
      "INSERT INTO public.one SELECT NULL FROM generate_series(1, 95) RETURNING 1");
  constexpr char kLeft[] = "SELECT count(*) FROM public.one WHERE x IS NULL";
  Migrator::Options options{database.owner_conninfo()};
  std::vector<std::string> told;
  options.progress = [&](const std::string& line) { told.push_back(line); };
  // After three batches somebody else holds the table: the run gives up, and keeps what it has
  // done.
  std::unique_ptr<Holder> holding;
  int batches = 0;
  options.patience = absl::ZeroDuration();
  options.pause = [&](absl::Duration) {
    if (++batches != 3) return;
    holding = std::make_unique<Holder>(database.owner_conninfo(), "LOCK TABLE public.one");
  };
  const auto ended = Migrator::Connect(options, migrations).value()->MigrateTo(std::nullopt);
  EXPECT_EQ(base::ErrorReason(ended.status()), "MIGRATION_BLOCKED");
  holding->LetGo();
  EXPECT_EQ(Ask(database.owner_conninfo(), kLeft).text(), "65");
  batches = 3;
  const auto done = Migrator::Connect(options, migrations).value()->MigrateTo(std::nullopt);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(Ask(database.owner_conninfo(), kLeft).text(), "0");
  EXPECT_THAT(told, testing::ElementsAre("0002_two: 65 rows filled in, all done"));
}

TEST(MigratorTest, PlansWithWhatIsLockedAndWhetherTheVersionBeforeRuns) {
  auto migrations = TwoSmallOnes();
  migrations[1].up = "CREATE INDEX one_by_x ON public.one (x)";
  const std::vector<Migrator::Step> steps = {{Migrator::Direction::kUp, 1, "one"},
                                             {Migrator::Direction::kUp, 2, "two"},
                                             {Migrator::Direction::kDown, 2, "two"}};
  EXPECT_THAT(storage::FormatPlan(steps, migrations),
              testing::StartsWith(
                  "up   0001_one: the version before it runs meanwhile\n"
                  "up   0002_two: calls of the version before it wait while a table is worked on\n"
                  "       SHARE on public.one, for as long as it takes: CREATE INDEX one_by_x ON "
                  "public.one "
                  "(x)\n"
                  "down 0002_two: the version after it must not run any more\n"
                  "       ACCESS EXCLUSIVE on public.two: DROP TABLE public.two\n"));
}

}  // namespace
}  // namespace signet::conformance

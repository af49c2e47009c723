// what is said of a statement's locks is what PostgreSQL takes.

#include "server/storage/migrate/lock_plan.h"

#include <algorithm>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "server/storage/migrate/migration.h"
#include "tests/harness/test_database.h"

namespace signet::conformance {
namespace {

using storage::TableLock;
using Locks = std::map<std::string, TableLock>;  // the strongest of each table

// What reads and writes do not even notice counts for nothing.
TableLock LockOf(const std::string& mode) {
  static const std::map<std::string, TableLock> kModes = {
      {"RowExclusiveLock", TableLock::kRowExclusive},
      {"ShareUpdateExclusiveLock", TableLock::kShareUpdateExclusive},
      {"ShareLock", TableLock::kShare},
      {"ShareRowExclusiveLock", TableLock::kShareRowExclusive},
      {"ExclusiveLock", TableLock::kAccessExclusive},
      {"AccessExclusiveLock", TableLock::kAccessExclusive}};
  const auto found = kModes.find(mode);
  return found == kModes.end() ? TableLock::kNone : found->second;
}

void Count(const std::string& table, TableLock lock, Locks& locks) {
  if (lock == TableLock::kNone) return;
  TableLock& strongest = locks[table];
  strongest = std::max(strongest, lock);
}

Locks PlannedFor(const std::string& script) {
  Locks locks;
  for (const storage::StatementPlan& plan : storage::PlanLocks(script)) {
    Count(plan.table, plan.lock, locks);
  }
  return locks;
}

// Runs scripts, and sees what they lock of the tables that there were before. A partition counts
// as its table.
class Database {
 public:
  explicit Database(const std::string& conninfo) : connection_(conninfo) {}

  void Do(const std::string& script) {
    pqxx::work transaction(connection_);
    transaction.exec(script);
    transaction.commit();
  }
  Locks TakenBy(const std::string& script, bool keep) {
    pqxx::work transaction(connection_);
    std::map<std::string, std::string> tables;
    for (const auto& row : transaction.exec(
             "SELECT oid, coalesce(pg_partition_root(oid), oid::regclass)::text FROM pg_class"
             " WHERE relkind IN ('r', 'p') AND relnamespace IN"
             "  (SELECT oid FROM pg_namespace WHERE nspname IN ('signet', 'public'))")) {
      tables[row[0].as<std::string>()] = row[1].as<std::string>();
    }
    transaction.exec(script);
    Locks locks;
    for (const auto& row : transaction.exec("SELECT relation, mode FROM pg_locks WHERE relation IS"
                                            " NOT NULL AND pid = pg_backend_pid()")) {
      const auto table = tables.find(row[0].as<std::string>());
      if (table == tables.end()) continue;
      Count(table->second, LockOf(row[1].as<std::string>()), locks);
    }
    if (keep) transaction.commit();
    return locks;
  }

 private:
  pqxx::connection connection_;
};

TEST(LockPlanConformance, EachKindOfStatementLocksWhatIsSaid) {
  const tests::EmptyDatabase empty;
  Database database(empty.owner_conninfo());
  database.Do(
      "CREATE TABLE u (id int PRIMARY KEY);"
      "CREATE TABLE t (x int DEFAULT 1, y int, CONSTRAINT c CHECK (x > 0) NOT VALID);"
      "CREATE UNIQUE INDEX by_y ON t (y);"
      "CREATE TABLE p (x int) PARTITION BY LIST (x);"
      "CREATE TABLE q (x int);"
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
      "CREATE FUNCTION unused() RETURNS int LANGUAGE sql AS 'SELECT 1';"
      "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()");
  for (const char* statement : {
           "CREATE INDEX j ON t (x)",
           "ALTER TABLE t ADD COLUMN w int",
           "ALTER TABLE t ADD COLUMN w int REFERENCES u (id)",
           "ALTER TABLE t ADD CONSTRAINT d CHECK (x > 0)",
           "ALTER TABLE t ADD CHECK (x > 0)",
           "ALTER TABLE t ADD CONSTRAINT d CHECK (x > 0) NOT VALID",
           "ALTER TABLE t ADD CONSTRAINT d UNIQUE USING INDEX by_y",
           "ALTER TABLE t ADD CONSTRAINT d FOREIGN KEY (x) REFERENCES u (id) NOT VALID",
           "ALTER TABLE t ADD FOREIGN KEY (x) REFERENCES u (id)",
           "ALTER TABLE t VALIDATE CONSTRAINT c",
           "ALTER TABLE t DROP CONSTRAINT c",
           "ALTER TABLE t DROP COLUMN y",
           "ALTER TABLE t RENAME y TO z",
           "ALTER TABLE t ALTER x SET DEFAULT 2",
           "ALTER TABLE t ALTER x DROP DEFAULT",
           "ALTER TABLE t ALTER x SET NOT NULL",
           "ALTER TABLE t ALTER x DROP NOT NULL",
           "ALTER TABLE t ALTER x TYPE bigint",
           "ALTER TABLE t ALTER x SET STATISTICS 200",
           "ALTER TABLE t ALTER x SET STATISTICS 200, ALTER x DROP DEFAULT",
           "ALTER TABLE t ENABLE TRIGGER g",
           "ALTER TABLE t DISABLE TRIGGER g",
           "ALTER TABLE t SET (fillfactor = 90)",
           "ALTER TABLE t OWNER TO CURRENT_USER",
           "ALTER TABLE p ATTACH PARTITION q FOR VALUES IN (1)",
           "CREATE TABLE v (x int REFERENCES u (id))",
           "CREATE UNLOGGED TABLE v (x int REFERENCES u (id))",
           "CREATE TABLE v PARTITION OF p FOR VALUES IN (2)",
           "CREATE TRIGGER h AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
           "CREATE CONSTRAINT TRIGGER h AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
           "COMMENT ON TABLE t IS 'a'",
           "COMMENT ON COLUMN public.t.x IS 'a'",
           "INSERT INTO t VALUES (1, 1)",
           "UPDATE t SET x = 1",
           "UPDATE ONLY t SET x = 1",
           "DELETE FROM t",
           "DROP INDEX by_y",
           "DROP TRIGGER g ON t",
           "DROP TABLE IF EXISTS t",
           "DROP FUNCTION unused()",
           "GRANT SELECT ON t TO PUBLIC",
           "REVOKE SELECT ON t FROM PUBLIC",
           "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
           "CREATE VIEW w AS SELECT x FROM t",
           "CREATE OR REPLACE FUNCTION unused() RETURNS int LANGUAGE sql AS 'SELECT 2'",
           "ALTER FUNCTION unused() STABLE",
           "CREATE SEQUENCE s",
           "CREATE TYPE e AS ENUM ('a')",
           "CREATE DOMAIN d AS int",
           "CREATE SCHEMA other",
           "SET LOCAL lock_timeout = 100",
       }) {
    Locks planned;
    for (const auto& [table, lock] : PlannedFor(statement)) {
      // The name of an index does not tell whose it is.
      planned[table == "its table" || table == "public.t" ? "t" : table] = lock;
    }
    EXPECT_EQ(database.TakenBy(statement, false), planned) << statement;
  }
}

// A block locks what it locks. Rows may be written meanwhile: PostgreSQL judges the body of a new
// function as though it ran.
TEST(LockPlanConformance, NoMigrationLocksMoreThanItsPlanSays) {
  const tests::EmptyDatabase empty;
  Database database(empty.owner_conninfo());
  database.Do("CREATE TABLE public.signet_migrations (version integer)");  // as `migrate up` has it
  for (const storage::Migration& migration : storage::EmbeddedMigrations()) {
    const Locks planned = PlannedFor(migration.up);
    for (const auto& [table, taken] : database.TakenBy(migration.up, true)) {
      if (taken <= TableLock::kRowExclusive) continue;
      const auto plan = planned.find(table);
      EXPECT_TRUE(plan != planned.end() && plan->second >= taken)
          << migration.name << ": " << storage::TableLockName(taken) << " on " << table;
    }
  }
}

}  // namespace
}  // namespace signet::conformance

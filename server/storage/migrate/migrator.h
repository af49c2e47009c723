#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/storage/migrate/lock_plan.h"
#include "server/storage/migrate/migration.h"
#include "server/storage/postgres/connection.h"
#include "server/storage/postgres/script_runner.h"

namespace signet::storage {

// Brings the schema to a version and back, as the owner role: one transaction per migration, or
// what the first line of its script asks for (ScriptMode). What was applied is kept in
// public.signet_migrations with a checksum.
//
// Two migrators at once: an advisory lock lets one work, the other waits for at most `patience` and
// then finds nothing to do.
//
// While a migration waits for the lock of a table, every statement on that table waits behind it,
// and one that holds another table that the migration wants would wait for good: PostgreSQL ends
// one of the two after deadlock_timeout (1 s), and it may be the service's. So it waits for a
// shorter time (kTableLock), lets go of all, and begins anew after a pause, for at most `patience`
//
//
// Used by one thread. Blocks on the database.
class Migrator {
 public:
  struct Options {
    std::string conninfo;  // of the owner role
    absl::Duration patience =
        absl::Minutes(2);  // for another migrator; of each migration or batch, for tables
    // Told with its name whenever one begins anew; may be empty.
    std::function<void(absl::string_view migration)> blocked;
    absl::Duration batch_pause = absl::Milliseconds(10);  // between batches of a backfill
    std::function<void(absl::Duration)> pause = absl::SleepFor;
    // Told a line for people now and then: how far a backfill is.
    std::function<void(const std::string&)> progress = [](const std::string&) {};
  };
  static constexpr absl::Duration kTableLock = absl::Milliseconds(400);

  // STORAGE_UNAVAILABLE without a database; INVALID_ARGUMENT for a malformed connection string.
  static absl::StatusOr<std::unique_ptr<Migrator>> Connect(
      const Options& options, std::vector<Migration> migrations = EmbeddedMigrations());

  enum class Direction { kUp, kDown };
  struct Step {
    Direction direction = Direction::kUp;
    int version = 0;
    std::string name;
  };

  // What MigrateTo(target) would do; nothing changes. `target` nothing: the newest version.
  // FAILED_PRECONDITION: MIGRATION_CHANGED when an applied migration is not the one that this
  // binary knows; MIGRATION_UNKNOWN when the database is ahead of this binary; MIGRATION_TARGET
  // when there is no such version (0 is the empty database).
  absl::StatusOr<std::vector<Step>> Plan(std::optional<int> target);

  // Does it, and returns what was done. Refusals as Plan; MIGRATION_FAILED with the server's
  // message; MIGRATION_BLOCKED where the locks of tables were not to be had within `patience`. The
  // steps before the failed one stay, and the batches of a backfill: another run goes on there.
  absl::StatusOr<std::vector<Step>> MigrateTo(std::optional<int> target);

  // One line per migration, known or applied, in order of version.
  struct State {
    int version = 0;
    std::string name;
    std::optional<absl::Time> applied_at;
    bool changed = false;  // applied with another checksum
    bool unknown = false;  // applied, and not in this binary
  };
  absl::StatusOr<std::vector<State>> Status();

 private:
  struct Applied {
    int version;
    std::string name;
    std::string checksum;
    absl::Time at;
  };

  Migrator(Options options, std::string conninfo, std::unique_ptr<Connection> connection,
           std::vector<Migration> migrations);

  absl::StatusOr<std::vector<Applied>> ReadApplied();
  absl::Status TakeTurn();
  absl::Status Patiently(const Step& step, const std::function<absl::Status()>& work);
  absl::Status Apply(const Step& step);
  absl::Status RunBeside(const Step& step, const std::string& script);
  absl::Status RunBatches(const Step& step, ScriptRunner& runner, const std::string& statement);
  absl::Status Record(const Step& step);
  static std::string NameOf(const Step& step) { return DisplayName(step.version, step.name); }
  const Migration* Find(int version) const;

  const Options options_;
  const std::string conninfo_;
  std::unique_ptr<Connection> connection_;
  const std::vector<Migration> migrations_;
};

// For people: one line per step ("up 0001_core") or state ("0001_core  applied 2026-…").
std::string FormatSteps(const std::vector<Migrator::Step>& steps);
// What each statement of a step locks.
std::vector<StatementPlan> LocksOf(const Migrator::Step& step,
                                   const std::vector<Migration>& migrations = EmbeddedMigrations());
// Each step with what it locks, and whether the version before can serve meanwhile.
std::string FormatPlan(const std::vector<Migrator::Step>& steps,
                       const std::vector<Migration>& migrations = EmbeddedMigrations());
std::string FormatStates(const std::vector<Migrator::State>& states);

}  // namespace signet::storage

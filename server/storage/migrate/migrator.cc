#include "server/storage/migrate/migrator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/storage/migrate/sql_script.h"

namespace signet::storage {
namespace {

constexpr Statement kCreateTable{"create_migrations", R"sql(
  CREATE TABLE IF NOT EXISTS public.signet_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()))sql"};
constexpr Statement kExists{"migrations_exist",
                            "SELECT to_regclass('public.signet_migrations') IS NOT NULL"};
constexpr Statement kReadMigrations{"read_migrations",
                                    "SELECT version, name, checksum, applied_at"
                                    "  FROM public.signet_migrations ORDER BY version"};
constexpr Statement kRecordMigration{
    "record_migration",
    "INSERT INTO public.signet_migrations (version, name, checksum)"
    " VALUES ($1, $2, $3)"};
constexpr Statement kForgetMigration{"forget_migration",
                                     "DELETE FROM public.signet_migrations WHERE version = $1"};
// Asked again and again, never waited for within the statement: CREATE INDEX CONCURRENTLY waits for
// each statement that is older than it, and would wait for one that waits for this lock.
constexpr Statement kLock{"lock_migrations",
                          "SELECT pg_try_advisory_lock(hashtextextended('signet.migrations', 0))"};
constexpr Statement kUnlockMigrations{
    "unlock_migrations", "SELECT pg_advisory_unlock(hashtextextended('signet.migrations', 0))"};

// For the statements that waited behind a migration to get done.
constexpr absl::Duration kPause = absl::Milliseconds(500);
constexpr absl::Duration kTellEvery = absl::Seconds(5);
constexpr absl::Duration kAskForTurn = absl::Milliseconds(200);

absl::StatusOr<Rows> Run(Connection& connection, const Statement& statement,
                         const Params& params = Params()) {
  std::string sqlstate;
  return connection.Execute(statement, params, sqlstate);
}

Params RecordOf(const Migration& migration) {
  Params params;
  params.Add(migration.version).Add(migration.name).Add(migration.Checksum());
  return params;
}

// `how` is SET or SET LOCAL.
std::string Brief(absl::string_view how) {
  return absl::StrCat(how, " lock_timeout = ", absl::ToInt64Milliseconds(Migrator::kTableLock));
}

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, reason, message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Migrator>> Migrator::Connect(const Options& options,
                                                            std::vector<Migration> migrations) {
  SIGNET_ASSIGN_OR_RETURN(Conninfo conninfo, Conninfo::Parse(options.conninfo));
  conninfo.Default("application_name", "signetd migrate")
      .Default("connect_timeout", "5")
      .Set("client_encoding", "UTF8")
      .DefaultSetting("client_min_messages", "warning")
      .DefaultSetting("lock_timeout", absl::StrCat(std::max<int64_t>(
                                          1, absl::ToInt64Milliseconds(options.patience))))
      .DefaultSetting("TimeZone", "UTC")
      .DefaultSetting("DateStyle", "ISO");
  SIGNET_ASSIGN_OR_RETURN(auto connection, Connection::Open(conninfo.ToString()));
  return std::unique_ptr<Migrator>(
      new Migrator(options, conninfo.ToString(), std::move(connection), std::move(migrations)));
}

Migrator::Migrator(Options options, std::string conninfo, std::unique_ptr<Connection> connection,
                   std::vector<Migration> migrations)
    : options_(std::move(options)),
      conninfo_(std::move(conninfo)),
      connection_(std::move(connection)),
      migrations_(std::move(migrations)) {}

const Migration* Migrator::Find(int version) const {
  const auto found = std::find_if(migrations_.begin(), migrations_.end(),
                                  [&](const Migration& m) { return m.version == version; });
  return found == migrations_.end() ? nullptr : &*found;
}

absl::StatusOr<std::vector<Migrator::Applied>> Migrator::ReadApplied() {
  std::vector<Applied> applied;
  SIGNET_ASSIGN_OR_RETURN(const Rows exists, Run(*connection_, kExists));
  if (!exists.Bool(0, 0)) return applied;
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, Run(*connection_, kReadMigrations));
  for (int i = 0; i < rows.size(); ++i) {
    applied.push_back({rows.Int32(i, 0), rows.String(i, 1), rows.String(i, 2), rows.Time(i, 3)});
  }
  return applied;
}

absl::StatusOr<std::vector<Migrator::Step>> Migrator::Plan(std::optional<int> target) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<Applied> applied, ReadApplied());
  for (const Applied& one : applied) {
    const std::string name = DisplayName(one.version, one.name);
    const Migration* known = Find(one.version);
    if (known == nullptr) {
      return Refuse("MIGRATION_UNKNOWN",
                    absl::StrCat(name,
                                 " is applied, but this binary does not know it: use the "
                                 "newer release"));
    }
    if (known->Checksum() != one.checksum) {
      return Refuse("MIGRATION_CHANGED",
                    absl::StrCat(name,
                                 " was applied with other contents: restore the file and "
                                 "write a new migration"));
    }
  }
  const int newest = migrations_.empty() ? 0 : migrations_.back().version;
  const int to = target.value_or(newest);
  if (to < 0 || to > newest) {
    return Refuse("MIGRATION_TARGET", absl::StrCat("there is no version ", to));
  }
  std::vector<Step> steps;
  const int current = applied.empty() ? 0 : applied.back().version;
  for (int version = current + 1; version <= to; ++version) {
    if (const Migration* m = Find(version)) steps.push_back({Direction::kUp, version, m->name});
  }
  for (int version = current; version > to; --version) {
    if (const Migration* m = Find(version)) steps.push_back({Direction::kDown, version, m->name});
  }
  return steps;
}

absl::StatusOr<std::vector<Migrator::Step>> Migrator::MigrateTo(std::optional<int> target) {
  SIGNET_RETURN_IF_ERROR(TakeTurn());
  std::vector<Step> done;
  absl::Status status = Run(*connection_, kCreateTable).status();
  if (status.ok()) {
    const auto steps = Plan(target);
    status = steps.status();
    for (size_t i = 0; status.ok() && i < steps->size(); ++i) {
      status = Apply((*steps)[i]);
      if (status.ok()) done.push_back((*steps)[i]);
    }
  }
  // Not needed when the connection broke: the server frees the locks of a session that ended.
  Run(*connection_, kUnlockMigrations).IgnoreError();
  if (!status.ok()) return status;
  return done;
}

absl::Status Migrator::TakeTurn() {
  const absl::Time until = absl::Now() + options_.patience;
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(const Rows mine, Run(*connection_, kLock));
    if (mine.Bool(0, 0)) return absl::OkStatus();
    if (absl::Now() >= until) {
      return Refuse("MIGRATION_BLOCKED", "another migrator is at work");
    }
    options_.pause(kAskForTurn);
  }
}

// `work` again after a pause, for as long as it is blocked and `patience` lasts.
absl::Status Migrator::Patiently(const Step& step, const std::function<absl::Status()>& work) {
  const absl::Time until = absl::Now() + options_.patience;
  while (true) {
    const absl::Status done = work();
    if (base::ErrorReason(done) != "MIGRATION_BLOCKED" || absl::Now() >= until) return done;
    if (options_.blocked) options_.blocked(NameOf(step));
    options_.pause(kPause);
  }
}

absl::Status Migrator::Apply(const Step& step) {
  const Migration& migration = *Find(step.version);
  const bool up = step.direction == Direction::kUp;
  const std::string& script = up ? migration.up : migration.down;
  if (ModeOf(script) != ScriptMode::kTransaction) return RunBeside(step, script);
  const std::string brief = absl::StrCat(Brief("SET LOCAL"), ";\n", script);
  return Patiently(step, [&] {
    return up ? connection_->RunScript(brief, kRecordMigration, RecordOf(migration))
              : connection_->RunScript(brief, kForgetMigration, Params().Add(step.version));
  });
}

// The record comes last: a run that is ended before is done again, and finds its part done.
absl::Status Migrator::RunBeside(const Step& step, const std::string& script) {
  SIGNET_ASSIGN_OR_RETURN(const auto runner, ScriptRunner::Open(conninfo_));
  for (const std::string& statement : SplitScript(script)) {
    // What is built beside waits for transactions that are older than it, and nobody's reads or
    // writes wait behind it. Any other statement gives way.
    const bool waits = absl::StrContains(statement, " CONCURRENTLY ");
    SIGNET_RETURN_IF_ERROR(runner->Run(waits ? "SET lock_timeout = 0" : Brief("SET")).status());
    if (ModeOf(script) == ScriptMode::kBackfill) {
      SIGNET_RETURN_IF_ERROR(RunBatches(step, *runner, statement));
      continue;
    }
    const absl::Status done = Patiently(step, [&] {
      const absl::Status cleared = runner->ClearWayFor(statement);
      return cleared.ok() ? runner->Run(statement).status() : cleared;
    });
    if (!done.ok()) return done;
  }
  return Record(step);
}

absl::Status Migrator::RunBatches(const Step& step, ScriptRunner& runner,
                                  const std::string& statement) {
  int64_t total = 0;
  absl::Time told = absl::Now();
  while (true) {
    int64_t changed = 0;
    const absl::Status done = Patiently(step, [&] {
      const absl::StatusOr<int64_t> batch = runner.Run(statement);
      changed = batch.value_or(0);
      return batch.status();
    });
    if (!done.ok()) return done;
    total += changed;
    if (changed == 0 || absl::Now() > told + kTellEvery) {
      options_.progress(absl::StrCat(NameOf(step), ": ", total, " rows filled in",
                                     changed == 0 ? ", all done" : ""));
      told = absl::Now();
    }
    if (changed == 0) return absl::OkStatus();
    options_.pause(options_.batch_pause);
  }
}

absl::Status Migrator::Record(const Step& step) {
  if (step.direction == Direction::kDown) {
    return Run(*connection_, kForgetMigration, Params().Add(step.version)).status();
  }
  return Run(*connection_, kRecordMigration, RecordOf(*Find(step.version))).status();
}

absl::StatusOr<std::vector<Migrator::State>> Migrator::Status() {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<Applied> applied, ReadApplied());
  std::vector<State> states;
  for (const Migration& migration : migrations_) {
    states.push_back({migration.version, migration.name, std::nullopt});
  }
  for (const Applied& one : applied) {
    auto state = std::find_if(states.begin(), states.end(),
                              [&](const State& s) { return s.version == one.version; });
    if (state == states.end()) {
      states.push_back({one.version, one.name, one.at, false, true});
    } else {
      state->applied_at = one.at;
      state->changed = Find(one.version)->Checksum() != one.checksum;
    }
  }
  return states;
}

std::string FormatSteps(const std::vector<Migrator::Step>& steps) {
  if (steps.empty()) return "nothing to do\n";
  std::string text;
  for (const auto& step : steps) {
    absl::StrAppend(&text, step.direction == Migrator::Direction::kUp ? "up   " : "down ",
                    DisplayName(step.version, step.name), "\n");
  }
  return text;
}

std::vector<StatementPlan> LocksOf(const Migrator::Step& step,
                                   const std::vector<Migration>& migrations) {
  for (const Migration& migration : migrations) {
    if (migration.version != step.version) continue;
    const bool up = step.direction == Migrator::Direction::kUp;
    return PlanLocks(up ? migration.up : migration.down);
  }
  return {};
}

std::string FormatPlan(const std::vector<Migrator::Step>& steps,
                       const std::vector<Migration>& migrations) {
  if (steps.empty()) return "nothing to do\n";
  std::string text;
  for (const auto& step : steps) {
    const bool up = step.direction == Migrator::Direction::kUp;
    const auto plans = LocksOf(step, migrations);
    absl::StrAppend(&text, up ? "up   " : "down ", DisplayName(step.version, step.name), ": ",
                    MeanwhileText(Worst(plans), up ? "before" : "after"), "\n", FormatLocks(plans));
  }
  absl::StrAppend(&text, "A lock is held until its migration ends. What cannot be had within ",
                  absl::FormatDuration(Migrator::kTableLock),
                  " is let go of, and asked for again.\n");
  return text;
}

std::string FormatStates(const std::vector<Migrator::State>& states) {
  std::string text;
  for (const auto& state : states) {
    absl::StrAppend(&text, DisplayName(state.version, state.name), "  ");
    if (state.applied_at) {
      absl::StrAppend(
          &text, "applied ",
          absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", *state.applied_at, absl::UTCTimeZone()));
    } else {
      absl::StrAppend(&text, "pending");
    }
    absl::StrAppend(&text, state.changed ? "  CHANGED since" : "",
                    state.unknown ? "  unknown to this binary" : "", "\n");
  }
  return text;
}

}  // namespace signet::storage

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/status_macros.h"
#include "server/app/commands.h"
#include "server/app/dev_environment.h"
#include "server/app/room_options.h"
#include "server/storage/migrate/migrator.h"

namespace signet::app {
namespace {

using storage::Migrator;

// Names come from file names: nothing in them needs escaping.
std::string StepsAsJson(const std::vector<Migrator::Step>& steps) {
  return absl::StrCat(
      "{\"steps\":[",
      absl::StrJoin(steps, ",",
                    [](std::string* out, const Migrator::Step& step) {
                      absl::StrAppend(out, "{\"direction\":\"",
                                      step.direction == Migrator::Direction::kUp ? "up" : "down",
                                      "\",\"version\":", step.version, ",\"name\":\"", step.name,
                                      "\"}");
                    }),
      "]}\n");
}

// Of a word for programs: "runs", "waits", "breaks", "unknown".
const char* Word(storage::Meanwhile meanwhile) {
  constexpr const char* kWords[] = {"runs", "waits", "breaks", "unknown"};
  return kWords[static_cast<int>(meanwhile)];
}

std::string PlanAsJson(const std::vector<Migrator::Step>& steps) {
  const auto statement = [](std::string* out, const storage::StatementPlan& plan) {
    absl::StrAppend(out, "{\"lock\":\"", storage::TableLockName(plan.lock), "\",\"table\":\"",
                    plan.table, "\",\"version_before\":\"", Word(plan.meanwhile), "\"}");
  };
  const auto step = [&](std::string* out, const Migrator::Step& one) {
    const bool up = one.direction == Migrator::Direction::kUp;
    const auto plans = storage::LocksOf(one);
    absl::StrAppend(out, "{\"direction\":\"", up ? "up" : "down", "\",\"version\":", one.version,
                    ",\"name\":\"", one.name, "\",\"version_before\":\"",
                    Word(storage::Worst(plans)), "\",\"statements\":[",
                    absl::StrJoin(plans, ",", statement), "]}");
  };
  return absl::StrCat("{\"steps\":[", absl::StrJoin(steps, ",", step), "]}\n");
}

std::string StatesAsJson(const std::vector<Migrator::State>& states) {
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  return absl::StrCat(
      "{\"migrations\":[",
      absl::StrJoin(
          states, ",",
          [&](std::string* out, const Migrator::State& state) {
            const std::string at =
                state.applied_at
                    ? absl::StrCat("\"", absl::FormatTime(*state.applied_at, absl::UTCTimeZone()),
                                   "\"")
                    : "null";
            absl::StrAppend(out, "{\"version\":", state.version, ",\"name\":\"", state.name,
                            "\",\"applied_at\":", at, ",\"changed\":", flag(state.changed),
                            ",\"unknown\":", flag(state.unknown), "}");
          }),
      "]}\n");
}

absl::StatusOr<std::string> Act(Migrator& migrator, const MigrateArguments& migrate) {
  using Action = MigrateArguments::Action;
  if (migrate.action == Action::kStatus) {
    SIGNET_ASSIGN_OR_RETURN(const auto states, migrator.Status());
    return migrate.json ? StatesAsJson(states) : storage::FormatStates(states);
  }
  if (migrate.action == Action::kPlan) {
    SIGNET_ASSIGN_OR_RETURN(const auto planned, migrator.Plan(migrate.target));
    return migrate.json ? PlanAsJson(planned) : storage::FormatPlan(planned);
  }
  SIGNET_ASSIGN_OR_RETURN(const auto steps, migrator.MigrateTo(migrate.target));
  if (migrate.json) return StepsAsJson(steps);
  return steps.empty() ? std::string("nothing to do\n") : storage::FormatSteps(steps);
}

absl::Status Migrate(const ConfigArguments& arguments, const MigrateArguments& migrate) {
  SIGNET_ASSIGN_OR_RETURN(const config::Loaded loaded,
                          LoadConfig(arguments, config::Purpose::kMigrate));
  std::unique_ptr<DevEnvironment> dev;
  if (arguments.dev) {
    SIGNET_ASSIGN_OR_RETURN(dev, DevEnvironment::Join(arguments.state_dir));
  }
  SIGNET_ASSIGN_OR_RETURN(auto options, MigratorOptions(loaded.settings.database));
  options.blocked = [](absl::string_view migration) {
    std::fprintf(stderr, "%s waits for the locks of running statements; beginning anew\n",
                 std::string(migration).c_str());
  };
  options.progress = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  SIGNET_ASSIGN_OR_RETURN(const auto migrator, Migrator::Connect(options));
  SIGNET_ASSIGN_OR_RETURN(const std::string report, Act(*migrator, migrate));
  std::fputs(report.c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace

int RunMigrate(const ConfigArguments& arguments, const MigrateArguments& migrate) {
  return ExitCode(Migrate(arguments, migrate));
}

}  // namespace signet::app

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/status_macros.h"
#include "client/token/json.h"
#include "server/app/command_reports.h"
#include "server/app/commands.h"
#include "server/app/dev_environment.h"
#include "server/app/key_encryption.h"
#include "server/app/room_options.h"
#include "server/app/vault.h"
#include "server/audit/event_recorder.h"
#include "server/signing/reseal.h"
#include "server/storage/postgres/stores/sealed_rows_pg.h"

namespace signet::app {
namespace {

// One configuration's key, and whoever keeps it.
struct HeldKek {
  config::Settings settings;
  std::unique_ptr<Vault> vault;
  absl::StatusOr<signing::KeyEncryptionKey> kek = absl::UnknownError("not read");
};

absl::Status Read(CommandReports& reports, HeldKek& held) {
  held.settings.vault.database_role.clear();  // no credentials are wanted of it
  SIGNET_ASSIGN_OR_RETURN(held.vault, Vault::Open(held.settings, reports.clock, reports.vault,
                                                  reports.logger, SleepThrough));
  held.kek =
      OpenKeyEncryptionKey(held.settings, *held.vault, reports.clock, reports.logger, SleepThrough);
  return held.kek.status();
}

std::string Quoted(const std::string& text) {
  std::string json;
  token::AppendJsonString(text, json);
  return json;
}

std::string ListAsJson(const std::vector<std::string>& names) {
  return absl::StrCat("[",
                      absl::StrJoin(names, ",",
                                    [](std::string* out, const std::string& name) {
                                      absl::StrAppend(out, Quoted(name));
                                    }),
                      "]");
}

std::string ReportAsJson(const signing::ResealReport& report, const signing::KeyEncryptionKey& from,
                         const signing::KeyEncryptionKey& to, bool dry_run) {
  return absl::StrCat(
      "{\"from\":", Quoted(from.id()), ",\"to\":", Quoted(to.id()),
      ",\"dry_run\":", dry_run ? "true" : "false", ",\"resealed\":", ListAsJson(report.resealed),
      ",\"already\":", ListAsJson(report.already), ",\"left\":", ListAsJson(report.left), "}\n");
}

std::string ReportAsText(const signing::ResealReport& report, const signing::KeyEncryptionKey& from,
                         const signing::KeyEncryptionKey& to, bool dry_run) {
  std::string text = absl::StrCat("key-encryption key ", from.id(), " -> ", to.id(),
                                  dry_run ? ", dry run" : "", "\n");
  for (const std::string& name : report.resealed) {
    absl::StrAppend(&text, dry_run ? "would be sealed anew  " : "sealed anew  ", name, "\n");
  }
  for (const std::string& name : report.already)
    absl::StrAppend(&text, "under it already  ", name, "\n");
  for (const std::string& name : report.left) {
    absl::StrAppend(&text, "left, of neither key and never opened again  ", name, "\n");
  }
  if (dry_run) return absl::StrCat(text, "nothing was written\n");
  absl::StrAppend(
      &text,
      "Start every server anew with the new key, one after the other. Those that run go "
      "on with what they hold, but make no signing key and cannot start with the old one.\n");
  return text;
}

absl::Status RunIt(const ConfigArguments& arguments, const ResealArguments& reseal) {
  CommandReports reports(observe::LogLevel::kWarning);
  HeldKek from;
  HeldKek to;
  SIGNET_ASSIGN_OR_RETURN(config::Loaded loaded, LoadConfig(arguments, config::Purpose::kReseal));
  SIGNET_ASSIGN_OR_RETURN(config::Loaded next,
                          LoadConfigFile(reseal.to, config::Purpose::kKeyEncryption));
  from.settings = std::move(loaded.settings);
  to.settings = std::move(next.settings);
  std::unique_ptr<DevEnvironment> dev;
  if (arguments.dev) {
    SIGNET_ASSIGN_OR_RETURN(dev, DevEnvironment::Join(arguments.state_dir));
  }
  SIGNET_RETURN_IF_ERROR(Read(reports, from));
  SIGNET_RETURN_IF_ERROR(Read(reports, to));
  SIGNET_ASSIGN_OR_RETURN(const auto options, MigratorOptions(from.settings.database));
  SIGNET_ASSIGN_OR_RETURN(const auto rows, storage::SealedRowsPg::Open(options.conninfo));
  // The event has no personal data, so there is no key to seal any.
  const audit::EventRecorder recorder{base::Secret()};
  const auto progress = [&](const std::string& name) {
    if (!reseal.json) std::fprintf(stderr, "%s opens\n", name.c_str());
  };
  SIGNET_ASSIGN_OR_RETURN(
      const signing::ResealReport report,
      signing::Reseal(*rows, *from.kek, *to.kek,
                      reseal.dry_run ? signing::ResealMode::kDryRun : signing::ResealMode::kWrite,
                      reports.clock.Now(), recorder, progress));
  const auto render = reseal.json ? ReportAsJson : ReportAsText;
  std::fputs(render(report, *from.kek, *to.kek, reseal.dry_run).c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace

int RunReseal(const ConfigArguments& arguments, const ResealArguments& reseal) {
  return ExitCode(RunIt(arguments, reseal));
}

}  // namespace signet::app

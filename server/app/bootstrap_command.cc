#include <cstdio>
#include <memory>

#include "client/base/status_macros.h"
#include "server/app/command_reports.h"
#include "server/app/commands.h"
#include "server/app/dev_environment.h"
#include "server/app/parts.h"
#include "server/app/password_input.h"
#include "server/app/room_options.h"
#include "server/app/vault.h"
#include "server/audit/event_recorder.h"
#include "server/domain/accounts/bootstrap_administrator.h"

namespace signet::app {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

absl::Status Bootstrap(const ConfigArguments& arguments, const BootstrapArguments& bootstrap) {
  SIGNET_ASSIGN_OR_RETURN(config::Loaded loaded, LoadConfig(arguments, config::Purpose::kServe));
  // No validation waits for this process; in the idle class it would never end on a busy machine.
  loaded.settings.hashing.priority = "low";
  SIGNET_ASSIGN_OR_RETURN(auto password, bootstrap.password_fd >= 0
                                             ? ReadPasswordFrom(bootstrap.password_fd)
                                             : AskForNewPassword());
  std::unique_ptr<DevEnvironment> dev;
  if (arguments.dev) {
    SIGNET_ASSIGN_OR_RETURN(dev, DevEnvironment::Join(arguments.state_dir));
    SIGNET_RETURN_IF_ERROR(dev->Prepare());
  }
  CommandReports reports(LogLevelOf(loaded.settings.log));
  storage::StorageObserver nobody;
  passwords::HashingObserver nobody_either;
  SIGNET_ASSIGN_OR_RETURN(
      const auto vault,
      Vault::Open(loaded.settings, reports.clock, reports.vault, reports.logger, SleepThrough));
  SIGNET_ASSIGN_OR_RETURN(const auto database,
                          Database::Make(loaded.settings, vault->credentials(), nobody));
  SIGNET_ASSIGN_OR_RETURN(const auto passwords,
                          Passwords::Make(loaded.settings, reports.clock, nobody_either));
  // Its event has no personal data, so there is no key to seal any.
  const audit::EventRecorder recorder{base::Secret()};
  domain::BootstrapAdministrator use_case(database->accounts, *passwords->hasher,
                                          *passwords->policy, recorder);
  domain::CallInfo call;
  call.now = reports.clock.Now();
  call.deadline = call.now + kPatience;
  SIGNET_ASSIGN_OR_RETURN(const base::UserId user,
                          use_case.Run({bootstrap.email, std::move(password)}, call));
  std::printf("%s is the first administrator (user %s)\n", bootstrap.email.c_str(),
              user.ToString().c_str());
  return absl::OkStatus();
}

}  // namespace

int RunBootstrap(const ConfigArguments& arguments, const BootstrapArguments& bootstrap) {
  return ExitCode(Bootstrap(arguments, bootstrap));
}

}  // namespace signet::app

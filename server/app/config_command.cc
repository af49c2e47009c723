#include <cstdio>

#include "client/base/status_macros.h"
#include "server/app/authz.h"
#include "server/app/commands.h"
#include "server/config/render.h"

namespace signet::app {

namespace {

absl::Status Check(const ConfigArguments& arguments) {
  SIGNET_ASSIGN_OR_RETURN(const config::Loaded loaded,
                          LoadConfig(arguments, config::Purpose::kServe));
  const std::string& rules = loaded.settings.authz.rules;
  return rules.empty() ? absl::OkStatus() : ReadAuthzRules(rules).status();
}

}  // namespace

int CheckConfig(const ConfigArguments& arguments) {
  const absl::Status checked = Check(arguments);
  if (checked.ok()) std::puts("the configuration is valid");
  return ExitCode(checked);
}

int PrintConfig(const ConfigArguments& arguments) {
  const auto loaded = LoadConfig(arguments, config::Purpose::kPrint);
  if (loaded.ok()) std::fputs(config::RenderEffective(*loaded).c_str(), stdout);
  return ExitCode(loaded.status());
}

}  // namespace signet::app

#include <cstdio>

#include "server/app/commands.h"
#include "server/config/render.h"

namespace signet::app {

int CheckConfig(const ConfigArguments& arguments) {
  const auto loaded = LoadConfig(arguments, config::Purpose::kServe);
  if (loaded.ok()) std::puts("the configuration is valid");
  return ExitCode(loaded.status());
}

int PrintConfig(const ConfigArguments& arguments) {
  const auto loaded = LoadConfig(arguments, config::Purpose::kPrint);
  if (loaded.ok()) std::fputs(config::RenderEffective(*loaded).c_str(), stdout);
  return ExitCode(loaded.status());
}

}  // namespace signet::app

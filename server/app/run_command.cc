#include <cstdio>
#include <memory>

#include "client/base/status_macros.h"
#include "server/app/app.h"
#include "server/app/commands.h"
#include "server/app/dev_environment.h"
#include "server/app/signals.h"
#include "server/app/version.h"

namespace signet::app {
namespace {

using observe::LogLevel;

void Greet(const std::string& state_dir, const std::string& grpc, const std::string& http) {
  std::printf(
      "signetd %s is ready, on this machine alone\n"
      "  gRPC     %s   (TokenService, AuthService, SessionService, KeyService, AuditService,\n"
      "                AccessService)\n"
      "  HTTP     http://%s/.well-known/jwks.json  /metrics  /readyz\n"
      "  mail     %s/mail   (kept as files)\n"
      "  state    %s\n"
      "\n"
      "First calls:\n"
      "  signet --address %s register you@example.com\n"
      "  signet --address %s login you@example.com\n"
      "  curl -s http://%s/.well-known/jwks.json\n"
      "First administrator, while this runs:\n"
      "  signetd bootstrap --dev --state-dir %s --email admin@example.com\n",
      Version(), grpc.c_str(), http.c_str(), state_dir.c_str(), state_dir.c_str(), grpc.c_str(),
      grpc.c_str(), http.c_str(), state_dir.c_str());
  std::fflush(stdout);
}

void Reload(const ConfigArguments& arguments, App& app) {
  const auto loaded = LoadConfig(arguments, config::Purpose::kServe);
  if (!loaded.ok()) {
    app.logger().Write(LogLevel::kError, "configuration not reloaded",
                       {{observe::log_key::kError, std::string(loaded.status().message())}});
    return;
  }
  app.Reload(loaded->settings.log);
  app.logger().Write(LogLevel::kInfo, "configuration reloaded");
}

// Serves until a signal ends it.
void ServeUntilStopped(const ConfigArguments& arguments, Signals& signals, App& app) {
  app.logger().Write(
      LogLevel::kInfo, "serving",
      {{observe::log_key::kVersion, Version()}, {observe::log_key::kAddress, app.grpc_address()}});
  while (true) {
    const auto event = signals.Wait(absl::InfiniteDuration());
    if (event == Signals::Event::kReload) Reload(arguments, app);
    if (event == Signals::Event::kStop) break;
  }
  app.logger().Write(LogLevel::kInfo, "draining");
  signals.LetStopEndTheProcess();
  app.Shutdown();
}

absl::Status Serve(const ConfigArguments& arguments) {
  Signals signals;  // before the first thread
  SIGNET_ASSIGN_OR_RETURN(const config::Loaded loaded,
                          LoadConfig(arguments, config::Purpose::kServe));
  std::unique_ptr<DevEnvironment> dev;
  if (arguments.dev) {
    SIGNET_RETURN_IF_ERROR(DevEnvironment::CheckAddresses(loaded.settings.listen));
    SIGNET_ASSIGN_OR_RETURN(dev, DevEnvironment::Open(arguments.state_dir));
    SIGNET_RETURN_IF_ERROR(dev->Prepare());
  }
  App app(loaded.settings);
  const absl::Status started =
      app.Start([&](absl::Duration wait) { return signals.Wait(wait) != Signals::Event::kStop; });
  if (absl::IsCancelled(started)) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(started);
  if (dev != nullptr) {
    SIGNET_RETURN_IF_ERROR(dev->WriteAddresses(app.grpc_address(), app.http_address()));
    Greet(arguments.state_dir, app.grpc_address(), app.http_address());
  }
  ServeUntilStopped(arguments, signals, app);
  return absl::OkStatus();
}

}  // namespace

int RunServer(const ConfigArguments& arguments) { return ExitCode(Serve(arguments)); }

}  // namespace signet::app

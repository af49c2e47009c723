#pragma once

#include "absl/status/statusor.h"
#include "client/base/clock.h"
#include "client/cli/console.h"
#include "client/cli/output.h"
#include "client/cli/rpc_channel.h"
#include "client/cli/session_file.h"

namespace signet::cli {

// What every command is given.
struct Context {
  const Environment& environment;
  Console console;
  const base::Clock& clock;
  Output output;
  ServerOptions server;

  absl::StatusOr<RpcChannel> Connect() const { return RpcChannel::Open(server); }
  SessionFile session_file() const { return SessionFile(environment, server.address); }
};

}  // namespace signet::cli

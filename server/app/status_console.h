#pragma once

#include <functional>
#include <vector>

#include "server/app/parts.h"
#include "server/app/repeating_task.h"
#include "server/config/settings.h"
#include "server/console/console.h"
#include "server/console/history.h"
#include "server/domain/tokens/validate_token.h"
#include "server/http/endpoints.h"
#include "server/http/reply.h"
#include "server/rpc/server.h"

namespace signet::app {

// The status console over this server's objects, and the thread that keeps its last 15 minutes.
class StatusConsole {
 public:
  struct Parts {  // all outlive it
    const config::Settings& settings;
    Telemetry& telemetry;
    Database& database;
    Tokens& tokens;
    const domain::ValidateToken& validate;
  };
  // `server`: null as long as it is starting; then nobody logs in. `checks`: those of /readyz.
  StatusConsole(const Parts& parts, std::function<rpc::Server*()> server,
                std::vector<http::ReadinessCheck> checks);

  std::vector<http::Route> Routes() const { return console_.Routes(); }

  // Once the HTTP port has all its routes, whose numbers are read too. Stop() is idempotent.
  void Start() { ticking_.Start(); }
  void Stop() { ticking_.Stop(); }

 private:
  console::History history_;
  console::Console console_;
  RepeatingTask ticking_;
};

}  // namespace signet::app

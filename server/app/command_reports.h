#pragma once

#include <unistd.h>

#include "client/base/clock.h"
#include "server/observe/logger.h"
#include "server/observe/vault_metrics.h"

namespace signet::app {

// What a command that is no server reports to: the log, on standard error, and metrics that nobody
// looks at.
struct CommandReports {
  explicit CommandReports(observe::LogLevel level) : logger(log_writer, clock, level) {}

  base::SystemClock clock;
  observe::LogWriter log_writer{STDERR_FILENO};
  observe::Logger logger;
  observe::VaultMetrics vault{clock};
};

}  // namespace signet::app

#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "server/observe/logger.h"

namespace signet::app {

// Waits for the given time; false: somebody asked the process to end.
using Pause = std::function<bool(absl::Duration)>;

// The pause of a command, which nobody asks to end: a signal ends the process.
bool SleepThrough(absl::Duration wait);

// For what a start waits, and for how long.
struct Patience {
  observe::LogText line;  // of the log: "waiting for Vault"
  std::string setting;    // that has the time: "vault.start_timeout"
  absl::Time until;
};

// Repeats `step` while it is UNAVAILABLE, with growing pauses and one line in the log. UNAVAILABLE,
// naming the setting, when the time is over; CANCELLED when `pause` says so.
absl::Status WaitFor(const std::function<absl::Status()>& step, const Patience& patience,
                     const base::Clock& clock, observe::Logger& logger, const Pause& pause);

}  // namespace signet::app

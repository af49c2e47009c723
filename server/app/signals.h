#pragma once

#include "absl/time/time.h"

namespace signet::app {

// SIGTERM, SIGINT and SIGHUP as something to wait for. Make it before any thread, so that all of
// them inherit the blocked mask and none is interrupted. Used by one thread.
class Signals {
 public:
  enum class Event { kNothing, kStop, kReload };

  Signals();

  // The next signal, or kNothing after `timeout`.
  Event Wait(absl::Duration timeout);

  // From here on a second SIGTERM or SIGINT ends the process at once: the operator does not want
  // to wait for the drain.
  void LetStopEndTheProcess();
};

}  // namespace signet::app

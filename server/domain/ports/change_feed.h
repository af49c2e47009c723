#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace signet::domain {

// A dedicated database connection that sleeps until another transaction committed a revocation or
// a key change (LISTEN/NOTIFY). A notification is a wake-up and carries no data: the reader always
// re-reads by sequence. Used by one thread.
class ChangeFeed {
 public:
  virtual ~ChangeFeed() = default;

  // Blocks until something changed, `timeout` passed, or Interrupt() was called. An error means
  // the connection is gone; the next call tries a new one.
  virtual absl::Status Wait(absl::Duration timeout) = 0;

  // Ends a Wait() from another thread, now or the next one.
  virtual void Interrupt() = 0;
};

}  // namespace signet::domain

#pragma once

#include "server/observe/logger.h"
#include "server/observe/state_metrics.h"
#include "server/signing/key_ring.h"

namespace signet::app {

// Opens the signing keys that the ring knows and does not hold open yet, on a thread on which
// nobody waits, told as metrics and log lines. One thread.
class KeyOpening {
 public:
  // All outlive it.
  KeyOpening(signing::KeyRing& ring, observe::KeyMetrics& metrics, observe::Logger& logger)
      : ring_(ring), metrics_(metrics), logger_(logger) {}

  void Look();

 private:
  signing::KeyRing& ring_;
  observe::KeyMetrics& metrics_;
  observe::Logger& logger_;
  bool failing_ = false;  // one line when it begins and one when it is over
};

}  // namespace signet::app

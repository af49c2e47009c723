#pragma once

#include "absl/time/time.h"
#include "server/domain/tokens/rotate_keys.h"
#include "server/observe/logger.h"
#include "server/observe/state_metrics.h"

namespace signet::app {

// One look of the planned rotation, told as metrics and log lines. One thread.
class KeyRotation {
 public:
  // All outlive it.
  KeyRotation(domain::RotateKeys& rotation, observe::KeyMetrics& metrics, observe::Logger& logger)
      : rotation_(rotation), metrics_(metrics), logger_(logger) {}

  void Look(absl::Time now);

 private:
  void Tell(const domain::RotateKeys::Report& report);
  void TellWaiting(const absl::Status& waits);

  domain::RotateKeys& rotation_;
  observe::KeyMetrics& metrics_;
  observe::Logger& logger_;
  bool failing_ = false;  // one line per failure and per wait, not one per look
  bool waiting_ = false;
};

}  // namespace signet::app

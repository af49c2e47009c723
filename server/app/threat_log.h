#pragma once

#include "server/domain/ports/threat_observer.h"
#include "server/observe/abuse_metrics.h"
#include "server/observe/logger.h"

namespace signet::app {

// Counts threats and writes a line for each. Thread-safe.
class ThreatLog final : public domain::ThreatObserver {
 public:
  // Both outlive it.
  ThreatLog(observe::AbuseMetrics& metrics, observe::Logger& logger)
      : metrics_(metrics), logger_(logger) {}

  void Raised(domain::ThreatKind kind, const domain::Peer& peer) override;
  void Locked(const domain::GuardKey& key, absl::Time until, const domain::Peer& peer) override;

 private:
  observe::AbuseMetrics& metrics_;
  observe::Logger& logger_;
};

}  // namespace signet::app

#pragma once

#include "absl/time/time.h"
#include "server/domain/ports/attempt_store.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

// Is told of what an operator has to know. Thread-safe, does not block.
class ThreatObserver {
 public:
  virtual ~ThreatObserver() = default;

  // `peer`: of the call that made it visible.
  virtual void Raised(ThreatKind kind, const Peer& peer) = 0;
  // An account, or a name that nobody has, was locked.
  virtual void Locked(const GuardKey& key, absl::Time until, const Peer& peer) = 0;
};

}  // namespace signet::domain

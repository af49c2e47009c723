#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/ids.h"

namespace signet::domain {

// Where an attempt waits while as many others at the same account are under way as may fail: most
// often one person whose programs log in at the same time. Thread-safe.
class TurnQueue {
 public:
  virtual ~TurnQueue() = default;

  // Blocks until Ended() was called for the subject or a moment has passed (attempts of other
  // processes end unheard); then it is worth asking again. OVERLOADED: `deadline` has passed, or
  // too many wait already.
  virtual absl::Status AwaitTurn(const base::Uuid& subject, absl::Time deadline) = 0;

  // One more may come: wakes one that waits.
  virtual void Ended(const base::Uuid& subject) = 0;
};

}  // namespace signet::domain

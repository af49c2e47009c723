#pragma once

#include <cstddef>
#include <map>

#include "client/base/clock.h"
#include "client/base/mutex.h"
#include "server/domain/ports/turn_queue.h"

namespace signet::limits {

// How long one of `waiting` attempts waits before it asks again, which costs a statement: in a
// storm all of them together ask a hundred times a second.
absl::Duration AskAgainAfter(absl::Duration alone, size_t waiting);

// The attempts of this process that wait for a turn at their account. Each holds a worker, so no
// more than `most` wait at once, all accounts together. Thread-safe.
class WaitingLine final : public domain::TurnQueue {
 public:
  struct Options {
    size_t most = 64;
    // How long until one that waits alone asks again, because attempts of other processes end
    // unheard.
    absl::Duration ask_again = absl::Milliseconds(40);
  };

  // `clock` must outlive it.
  WaitingLine(const Options& options, const base::Clock& clock)
      : options_(options), clock_(clock) {}

  absl::Status AwaitTurn(const base::Uuid& subject, absl::Time deadline) override;
  void Ended(const base::Uuid& subject) override;

 private:
  struct Line {
    base::CondVar turn;
    size_t waiting = 0;
  };

  const Options options_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::map<base::Uuid, Line> lines_ ABSL_GUARDED_BY(mutex_);  // where somebody waits
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace signet::limits

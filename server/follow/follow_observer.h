#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace signet::follow {

enum class Source { kFeed, kRevocations, kKeys };

// What following reports, for metrics and the log. Called on the following thread (and on the one
// that calls CatchUp() before Start()), so: thread-safe and quick.
class FollowObserver {
 public:
  virtual ~FollowObserver() = default;

  // One revocation took effect in this process, `lag` after it was recorded (never negative). Not
  // called for the log's backlog at the start, which would drown the lags that matter.
  virtual void OnRevocationApplied(absl::Duration lag) = 0;

  // The log was read to its end: everything up to `sequence`, committed before `as_of`, holds.
  virtual void OnRevocationsCurrent(int64_t sequence, absl::Time as_of) = 0;

  // The log is not the one that was applied up to `had`: the database was restored to an earlier
  // state, or a standby was promoted that had not received all. It ends at `head`, which may lie
  // behind `had` where the numbers were given out again. It is read from the beginning.
  virtual void OnRevocationLogRewound(int64_t had, int64_t head) = 0;

  // So many revocations that this process had applied, and the log has lost, were written back.
  virtual void OnRevocationsRestored(int64_t count) = 0;

  // One attempt failed and will be repeated. The status names no secret.
  virtual void OnFollowFailure(Source source, const absl::Status& status) = 0;
};

}  // namespace signet::follow

#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "server/domain/ports/session_token_store.h"
#include "server/domain/sessions/held_sessions.h"

namespace signet::domain {

// When sessions were last used, on its way into the database: what makes idle time the same on
// every replica, for one write a minute and session at most.
//
// A use is written at once where the row was not written for kGrain, and otherwise, with whatever
// uses follow it, when kGrain has passed: so the last use of a session always gets there, with its
// own time and not the minute's. A process that ends writes what it has once more, whatever the
// grain; what was not written when one dies is lost, and its sessions end up to kGrain earlier than
// promised.
//
// Thread-safe.
class SessionActivity {
 public:
  static constexpr absl::Duration kGrain = absl::Minutes(1);
  static constexpr size_t kMostAtOnce = 2000;  // of one statement

  // `store` outlives it. `idle`: of TokenLifetimes.
  SessionActivity(SessionTokenStore& store, absl::Duration idle) : store_(store), idle_(idle) {}

  // The session was used at `at`. Takes a lock for the first use within kGrain, and none for
  // others.
  void Note(const std::shared_ptr<HeldSession>& session, absl::Time at);

  // Writes what is due at `now`; several times a second, by one thread. Returns how many rows were
  // written. What cannot be written is tried again a second later.
  absl::StatusOr<int> Flush(absl::Time now);

  // Writes all that waits: at the end.
  absl::StatusOr<int> FlushAll(absl::Time now);

  // How many sessions wait to be written.
  size_t waiting() const;

 private:
  using Due = std::multimap<absl::Time, std::shared_ptr<HeldSession>>;

  void Wait(absl::Time due, std::shared_ptr<HeldSession> session);
  std::vector<std::shared_ptr<HeldSession>> TakeDue(absl::Time until);
  absl::StatusOr<int> WriteDue(absl::Time until, absl::Duration grain, absl::Time now);
  absl::StatusOr<int> Write(const std::vector<std::shared_ptr<HeldSession>>& due,
                            absl::Duration grain, absl::Time now);

  SessionTokenStore& store_;
  const absl::Duration idle_;
  mutable base::Mutex mutex_;
  Due waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::domain

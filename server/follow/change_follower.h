#pragma once

#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "server/domain/ports/change_feed.h"
#include "server/follow/follow_observer.h"
#include "server/follow/revocation_follower.h"

namespace signet::follow {

// One thread that keeps the revocation set and the key ring fresh: at once when the feed wakes it,
// within `poll_interval` when a notification was lost, and by itself after the database came back.
// It never gives up and never ends before Stop().
//
// A failure to read keys does not hold back revocations, nor the other way round. Start() and
// Stop() belong to one thread, the owner's.
class ChangeFollower {
 public:
  struct Options {
    absl::Duration poll_interval = absl::Milliseconds(500);
    // Pauses after a broken feed: doubling from the first to the second, each shortened by up to
    // half at random, so that replicas do not return to a recovering database in step.
    absl::Duration retry_first = absl::Milliseconds(25);
    absl::Duration retry_longest = absl::Milliseconds(500);
  };

  // `reload_keys` reads the signing keys again if they changed (cheap when they did not); called
  // on the following thread, so it must ask nobody but the database. References stay the caller's
  // and outlive the follower.
  ChangeFollower(Options options, domain::ChangeFeed& feed, RevocationFollower& revocations,
                 std::function<absl::Status()> reload_keys, FollowObserver& observer);
  // Stop()s.
  ~ChangeFollower();
  ChangeFollower(const ChangeFollower&) = delete;
  ChangeFollower& operator=(const ChangeFollower&) = delete;

  // One round on the calling thread; call it before Start(), so that the first request already
  // meets the whole log. The first error, after both were tried.
  absl::Status CatchUp();

  void Start();

  // Wakes the thread and waits for its end: at most one read that is under way. Idempotent.
  void Stop();

 private:
  void Run();
  bool stopping() const;
  void Pause(absl::Duration longest);

  const Options options_;
  domain::ChangeFeed& feed_;
  RevocationFollower& revocations_;
  const std::function<absl::Status()> reload_keys_;
  FollowObserver& observer_;

  mutable base::Mutex mutex_;
  base::CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::follow

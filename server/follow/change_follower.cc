#include "server/follow/change_follower.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include <pthread.h>

namespace signet::follow {

ChangeFollower::ChangeFollower(Options options, domain::ChangeFeed& feed,
                               RevocationFollower& revocations,
                               std::function<absl::Status()> reload_keys, FollowObserver& observer)
    : options_(options),
      feed_(feed),
      revocations_(revocations),
      reload_keys_(std::move(reload_keys)),
      observer_(observer) {}

ChangeFollower::~ChangeFollower() { Stop(); }

absl::Status ChangeFollower::CatchUp() {
  // Keys first: a new key must be known before the first token that it signed arrives here, and
  // the table is a handful of rows.
  absl::Status keys = reload_keys_();
  if (!keys.ok()) observer_.OnFollowFailure(Source::kKeys, keys);
  absl::Status revocations = revocations_.CatchUp();
  if (!revocations.ok()) observer_.OnFollowFailure(Source::kRevocations, revocations);
  return keys.ok() ? revocations : keys;
}

void ChangeFollower::Start() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "follow");
}

void ChangeFollower::Stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  if (!thread_.joinable()) return;
  feed_.Interrupt();
  thread_.join();
}

void ChangeFollower::Run() {
  absl::Duration pause = options_.retry_first;
  while (!stopping()) {
    // What failed is tried again after the next wake-up or poll: no pause of its own is needed,
    // and a key that cannot be opened must not delay revocations.
    CatchUp().IgnoreError();
    const absl::Status waited = feed_.Wait(options_.poll_interval);
    if (waited.ok()) {
      pause = options_.retry_first;
      continue;
    }
    observer_.OnFollowFailure(Source::kFeed, waited);
    Pause(pause);
    pause = std::min(pause * 2, options_.retry_longest);
  }
}

bool ChangeFollower::stopping() const {
  base::MutexLock lock(mutex_);
  return stopping_;
}

void ChangeFollower::Pause(absl::Duration longest) {
  thread_local std::minstd_rand jitter{std::random_device{}()};
  const absl::Duration pause = longest * std::uniform_real_distribution<double>(0.5, 1.0)(jitter);
  // Not the wall clock: one that is set back would hold this thread for as long.
  const auto until = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(pause);
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    wake_.WaitFor(mutex_, absl::FromChrono(left));
  }
}

}  // namespace signet::follow

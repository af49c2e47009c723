#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "client/base/snapshot.h"
#include "client/token/key_set.h"
#include "client/token/revocation_set.h"

namespace signet::verifier {

// What a verifier knows: the key set and the revocations in force. Those who follow a server put in
// what they hear, each feed from one thread; those who judge read without a lock. Thread-safe.
class Knowledge {
 public:
  // What has to have arrived before anything may be judged.
  enum class Needs { kKeysAndRevocations, kKeysAlone };
  explicit Knowledge(Needs needs) : needs_(needs) {}

  const base::Snapshot<token::KeySet>& keys() const { return keys_; }
  const base::Snapshot<token::RevocationSet>& revocations() const { return revocations_; }

  // `version` is the server's number of the set, which was the newest one at `as_of`.
  void PutKeys(std::shared_ptr<const token::KeySet> keys, int64_t version, absl::Time as_of);
  void PutRevocations(std::shared_ptr<const token::RevocationSet> revocations);

  int64_t key_set_version() const { return key_set_version_.load(std::memory_order_relaxed); }

  // The key set in force was the newest one at this time; the infinite past at the start.
  void KeysWereCurrentAt(absl::Time time);
  absl::Time keys_as_of() const {
    return absl::FromUnixNanos(keys_as_of_.load(std::memory_order_relaxed));
  }

  // Whether everything needed has arrived once.
  bool ready() const { return ready_.load(std::memory_order_acquire); }
  // Waits for it; false when `timeout` passed first.
  bool AwaitReady(absl::Duration timeout) const;

 private:
  void Arrived(bool& what) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Needs needs_;
  base::Snapshot<token::KeySet> keys_{std::make_shared<const token::KeySet>()};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<const token::RevocationSet>()};
  std::atomic<int64_t> key_set_version_{0};
  std::atomic<int64_t> keys_as_of_{absl::ToUnixNanos(absl::InfinitePast())};
  std::atomic<bool> ready_{false};

  mutable base::Mutex mutex_;
  mutable base::CondVar became_ready_;
  bool keys_arrived_ ABSL_GUARDED_BY(mutex_) = false;
  bool revocations_arrived_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace signet::verifier

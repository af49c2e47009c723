#include "client/verifier/knowledge.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace signet::verifier {

void Knowledge::PutKeys(std::shared_ptr<const token::KeySet> keys, int64_t version,
                        absl::Time as_of) {
  // Curves' tables are made here once, and not by the first caller who meets the key.
  for (const token::KeySet::Key& key : keys->keys()) key.key.Precompute();
  keys_.Replace(std::move(keys));
  key_set_version_.store(version, std::memory_order_relaxed);
  // After the keys: an unknown key is refused for good only by a set that is current. Before
  // whoever waits for them: he would be told that newer ones may exist.
  KeysWereCurrentAt(as_of);
  base::MutexLock lock(mutex_);
  Arrived(keys_arrived_);
}

void Knowledge::PutRevocations(std::shared_ptr<const token::RevocationSet> revocations) {
  revocations_.Replace(std::move(revocations));
  if (ready()) return;
  base::MutexLock lock(mutex_);
  Arrived(revocations_arrived_);
}

void Knowledge::KeysWereCurrentAt(absl::Time time) {
  keys_as_of_.store(absl::ToUnixNanos(time), std::memory_order_relaxed);
}

void Knowledge::Arrived(bool& what) {
  what = true;
  const bool enough = keys_arrived_ && (needs_ == Needs::kKeysAlone || revocations_arrived_);
  if (!enough) return;
  ready_.store(true, std::memory_order_release);
  became_ready_.NotifyAll();
}

bool Knowledge::AwaitReady(absl::Duration timeout) const {
  // Not the wall clock: one that is set back would hold the caller for as long.
  const auto until = std::chrono::steady_clock::now() +
                     absl::ToChronoNanoseconds(std::min(timeout, absl::Hours(24 * 365)));
  base::MutexLock lock(mutex_);
  while (!ready()) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    became_ready_.WaitFor(mutex_, absl::FromChrono(left));
  }
  return true;
}

}  // namespace signet::verifier

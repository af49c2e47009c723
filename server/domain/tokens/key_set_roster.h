#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "server/domain/ports/key_set_verifier_store.h"

namespace signet::domain {

// The verifiers that this process serves with the key set, and what each says that it holds
// . What they say is noted at once and reported to the store by one thread of its own: no
// stream waits for the database, and a thousand answers are one statement. Thread-safe.
class KeySetRoster {
 public:
  // A verifier counts for `lease` after it was last seen by the replica that serves it. `replica`
  // names this process. `store` outlives the roster.
  KeySetRoster(KeySetVerifierStore& store, std::string replica, absl::Duration lease)
      : store_(store), replica_(std::move(replica)), lease_(lease) {}

  // A stream of this verifier has opened. It may have several: one that is lost is noticed late.
  void Came(const std::string& id, absl::string_view name, int64_t version);
  // It has put this key set into force.
  void Holds(const std::string& id, int64_t version);
  // A stream has ended: by the verifier's own word (it judges no more tokens), or not (it may well
  // judge tokens still: it counts until its lease is over, or it comes back).
  void Left(const std::string& id);
  void Lost(const std::string& id);

  // How many of them hold the key set of `version`, and how many have said no more than an older
  // one.
  struct Standing {
    int64_t current = 0;
    int64_t behind = 0;
  };
  Standing StandingAt(int64_t version) const;

  // Reports what is new and whom the store should hear of again. Called by one thread at a time.
  // What could not be reported is reported by the next call.
  absl::Status Report(absl::Time now);

 private:
  struct Entry {
    std::string name;
    int64_t version = 0;
    int streams = 0;
    absl::Time reported_at = absl::InfinitePast();  // in the past: it is new, or has changed
  };
  bool CloseStream(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  KeySetVerifierStore& store_;
  const std::string replica_;
  const absl::Duration lease_;
  mutable base::Mutex mutex_;
  std::map<std::string, Entry> here_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> left_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::domain

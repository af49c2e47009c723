#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/tokens/key_set_verifier.h"

namespace signet::domain {

// Which verifiers watch the key set, over all replicas, and what each holds. Thread-safe.
class KeySetVerifierStore {
 public:
  virtual ~KeySetVerifierStore() = default;

  // `seen`: what `replica` knows of verifiers that it serves, seen by it at `now`. Of one verifier
  // the version never falls: a replica that still holds a dead connection has nothing to say.
  // `left` are forgotten, where this replica was the last to see them.
  virtual absl::Status Report(absl::string_view replica, const std::vector<KeySetVerifier>& seen,
                              const std::vector<std::string>& left, absl::Time now) = 0;

  // Those that were seen at or after `since`, by version and name, at most 5,000; and the version
  // of the key set that is stored at the same moment.
  virtual absl::StatusOr<KeySetStanding> List(absl::Time since) = 0;

  // Forgets those that were not seen since `before`.
  virtual absl::Status Forget(absl::Time before) = 0;
};

}  // namespace signet::domain

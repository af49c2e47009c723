#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/console/history.h"
#include "server/domain/tokens/key_set_verifier.h"
#include "server/domain/tokens/signing_key.h"

namespace signet::console {

// What pages show besides metrics. Small functions, so that this room knows neither the stores nor
// the pool; called on workers at once, so thread-safe. Two of them ask the database.
struct Facts {
  std::string replica;  // this process, for people
  std::string version;
  absl::Time started;
  // After how long an active key gives way to a successor; zero: by hand alone.
  absl::Duration rotate_after;
  // Every key, newest first.
  std::function<absl::StatusOr<std::vector<domain::SigningKeyRecord>>()> keys;
  // The verifiers that count at that time, over all replicas.
  std::function<absl::StatusOr<domain::KeySetStanding>(absl::Time now)> verifiers;
  std::function<bool()> database_answers;
  // What keeps the server from being ready; empty: nothing.
  std::function<std::string()> problem;
};

// What a page is made from.
struct Shown {
  const History& history;
  const Facts& facts;
  absl::Time now;
};

}  // namespace signet::console

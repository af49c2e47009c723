#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace signet::domain {

// A verifier that watches the key set, as some replica last saw it.
struct KeySetVerifier {
  std::string id;       // made at its start: as long as it lives, over reconnects
  std::string name;     // for people: host and program
  int64_t version = 0;  // of the key set that it holds; 0: none yet
  std::string replica;  // that serves it
  absl::Time seen_at;
};

// The verifiers that count, oldest holding first, and the key set that they should hold.
struct KeySetStanding {
  int64_t version = 0;
  std::vector<KeySetVerifier> verifiers;
};

}  // namespace signet::domain

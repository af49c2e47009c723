#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace signet::domain {

// A second factor that was shown and found right, to be used up by the statement with the effect:
// a time step that must be later than every one used before, or a recovery code that must still be
// in the set. Exactly one of the two.
struct FactorProof {
  std::optional<int64_t> totp_step;
  std::string recovery_hash;  // 32 bytes, or empty
};

}  // namespace signet::domain

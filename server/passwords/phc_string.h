#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"

namespace signet::passwords {

// Cost of one Argon2id hash (RFC 9106). The default is OWASP's first choice for one lane.
struct Argon2Params {
  uint32_t memory_kib = 19456;
  uint32_t passes = 2;
  uint32_t lanes = 1;

  bool operator==(const Argon2Params&) const = default;
};

// Bounds of what is ever computed. Whoever can write a stored hash (an import, a restored
// backup) must not be able to make each login of that account cost minutes or gigabytes.
inline constexpr uint32_t kMaxArgon2MemoryKib = 256 * 1024;
inline constexpr uint32_t kMaxArgon2Passes = 10;
inline constexpr uint32_t kMaxArgon2Lanes = 4;
inline constexpr size_t kMinSaltBytes = 8;
inline constexpr size_t kMaxSaltBytes = 64;
inline constexpr size_t kMinHashBytes = 16;
inline constexpr size_t kMaxHashBytes = 64;
inline constexpr int kMinBcryptCost = 4;
inline constexpr int kMaxBcryptCost = 14;

// True within the bounds above and RFC 9106's own (8 KiB per lane, one pass, one lane).
bool WithinBounds(const Argon2Params& params);

// $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>
struct Argon2idHash {
  Argon2Params params;
  std::string salt;  // raw bytes
  std::string hash;  // raw bytes
};

// $2a$, $2b$ or $2y$, kept as it was written. $2x$ is refused: it names hashes of an implementation
// in which different passwords collide.
struct BcryptHash {
  std::string text;  // exactly 60 characters
  int cost = 0;      // log2 of the rounds
};

using StoredHash = std::variant<Argon2idHash, BcryptHash>;

// What `text` says, or nothing where it is not one of the two forms above in its only spelling
// (standard base64 without padding, canonical; decimal numbers without leading zeros; parameters in
// this order; no optional fields; Argon2 version 1.3 alone) or is beyond a bound.
std::optional<StoredHash> ParseStoredHash(absl::string_view text);

// The PHC string; ParseStoredHash() of it gives the same value back for any within the bounds.
std::string FormatArgon2id(const Argon2idHash& hash);

}  // namespace signet::passwords

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

// What follows is checked and never made: hashes of other systems, until the next login of
// their person replaces them.

// $argon2i$… and $argon2d$…, otherwise as Argon2id.
struct OtherArgon2Hash {
  enum class Variant { kI, kD };
  Variant variant = Variant::kI;
  Argon2Params params;
  std::string salt;  // raw bytes
  std::string hash;  // raw bytes
};

// $pbkdf2-sha256$i=<iterations>$<salt>$<hash> and $pbkdf2-sha512$…: PBKDF2 with HMAC (RFC 8018). A
// hash is no longer than the digest: more would cost the iterations once for each block.
struct Pbkdf2Hash {
  enum class Digest { kSha256, kSha512 };
  Digest digest = Digest::kSha256;
  uint32_t iterations = 0;
  std::string salt;  // raw bytes
  std::string hash;  // raw bytes
};
inline constexpr uint32_t kMinPbkdf2Iterations = 1'000;
inline constexpr uint32_t kMaxPbkdf2Iterations = 2'000'000;  // about a second

// $scrypt$ln=<log2 N>,r=<block size>,p=<parallelism>$<salt>$<hash> (RFC 7914).
struct ScryptHash {
  uint32_t log_n = 0;
  uint32_t r = 0;
  uint32_t p = 0;
  std::string salt;  // raw bytes
  std::string hash;  // raw bytes

  // 128 bytes times r times N, and the p blocks.
  uint64_t memory_bytes() const { return 128 * uint64_t{r} * ((uint64_t{1} << log_n) + p); }
  // Mixed blocks: what the time grows with.
  uint64_t work() const { return (uint64_t{r} * p) << log_n; }
};
inline constexpr uint32_t kMaxScryptLogN = 20;
inline constexpr uint32_t kMaxScryptR = 32;
inline constexpr uint32_t kMaxScryptP = 16;
inline constexpr uint64_t kMaxScryptMemoryBytes = uint64_t{256}
                                                  << 20;       // N = 2^17 with r = 8 is half
inline constexpr uint64_t kMaxScryptWork = uint64_t{1} << 22;  // four times that one

using ImportedHash = std::variant<OtherArgon2Hash, Pbkdf2Hash, ScryptHash>;
using StoredHash = std::variant<Argon2idHash, BcryptHash, ImportedHash>;

// What `text` says, or nothing where it is not one of the forms above in its only spelling
// (standard base64 without padding, canonical; decimal numbers without leading zeros; parameters in
// this order; no optional fields; Argon2 version 1.3 alone) or is beyond a bound.
std::optional<StoredHash> ParseStoredHash(absl::string_view text);

// The PHC string of what another system spelled otherwise; ParseStoredHash() of it gives the same
// value back for any within the bounds.
std::string FormatPbkdf2(const Pbkdf2Hash& hash);

// The PHC string; ParseStoredHash() of it gives the same value back for any within the bounds.
std::string FormatArgon2id(const Argon2idHash& hash);

}  // namespace signet::passwords

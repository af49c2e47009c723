#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace signet::domain {

// PREPARED   generated and sealed, not yet proven: not in the JWKS
// PUBLISHED  read back and proven to sign; in the JWKS, not signing
// ACTIVE     signs; exactly one at a time
// RETIRING   verifies what it signed, signs nothing
// RETIRED    out of the JWKS; kept for the record
// TAINTED    compromised: nothing it signed is accepted
// Values are in the database.
enum class KeyState { kPrepared = 1, kPublished, kActive, kRetiring, kRetired, kTainted };

// A signing key as stored: the private half sealed.
struct SigningKeyRecord {
  std::string kid;        // "2026-11-a"
  std::string algorithm;  // "ES256", …
  KeyState state = KeyState::kPrepared;
  std::string public_jwk;  // RFC 7517 JSON with kid, alg, use
  // AES-256-GCM over PKCS #8; AAD binds kid and algorithm. Empty: erased, of a RETIRED or TAINTED
  // key.
  std::string sealed_private;
  std::string kek_id;  // which key-encryption key sealed it
  // By which a server vouches for the public half, so that it counts before the private one is
  // opened. Empty: none, of a key that an earlier version made, or that is erased.
  std::string public_mac;
  absl::Time created_at;
  std::optional<absl::Time> published_at;
  std::optional<absl::Time> activated_at;
  std::optional<absl::Time> retiring_at;
  std::optional<absl::Time> retired_at;
  std::optional<absl::Time> tainted_at;
};

// Every key that is not RETIRED, and the version that grows with each change.
struct SigningKeyTable {
  int64_t version = 0;
  std::vector<SigningKeyRecord> keys;  // newest first
};

}  // namespace signet::domain

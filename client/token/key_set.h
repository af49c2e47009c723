#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/crypto/public_key.h"

namespace signet::token {

// The public keys that tokens may be signed with, by name (`kid`). Immutable once built; replace it
// whole through base::Snapshot. Thread-safe.
class KeySet {
 public:
  struct Key {
    std::string kid;
    crypto::VerifyingKey key;  // has the key's one algorithm
    std::string jwk;           // canonical JWK (RFC 7517 section 4), public members only
  };
  class Builder;

  // No keys, version 0: no token is accepted.
  KeySet();

  // The key of exactly that name, or null. Lives as long as the set.
  const Key* Find(absl::string_view kid) const;

  // In the order in which they were added.
  const std::vector<Key>& keys() const { return keys_; }

  // What the builder was told: the server's running number, 0 for a parsed document.
  int64_t version() const { return version_; }

  // The JWK Set (RFC 7517 section 5) that the server publishes.
  const std::string& jwks_json() const { return jwks_json_; }

  // Differs for every set built in this process, copies excepted: equal means the same keys.
  uint64_t identity() const { return identity_; }

 private:
  std::vector<Key> keys_;
  absl::flat_hash_map<std::string, size_t> index_;  // kid -> place in keys_
  std::string jwks_json_;
  int64_t version_ = 0;
  uint64_t identity_;
};

// Collects keys. Not thread-safe.
class KeySet::Builder {
 public:
  // INVALID_ARGUMENT: `kid` is empty, longer than 256 bytes, already taken, or not printable ASCII.
  absl::Status Add(absl::string_view kid, crypto::VerifyingKey key);

  // The set; the builder is empty afterwards.
  KeySet Build(int64_t version);

 private:
  std::vector<Key> keys_;
};

// Reads a JWK Set (RFC 7517 section 5), at most 1 MiB and 256 keys.
//
// Skipped, as RFC 7517 section 5 asks, because they are not for verifying our tokens: keys of an
// unknown `kty`, `crv` or `alg`, with a `use` other than "sig", or with `key_ops` without "verify".
//
// Refused as a whole (INVALID_ARGUMENT, naming the member), because someone made a mistake that
// must not pass: text that is no strict JSON object with `keys`; a symmetric key ("oct") or a
// private member (`d`, `p`, `q`, `dp`, `dq`, `qi`, `oth`, `k`); a `kid` that is missing or occurs
// twice; an RSA key without `alg` (RS256 and PS256 must not share a key; of a curve it follows);
// `alg`, `kty` and `crv` that contradict each other; parameters that VerifyingKey::Make refuses.
absl::StatusOr<KeySet> ParseKeySet(absl::string_view json);

}  // namespace signet::token

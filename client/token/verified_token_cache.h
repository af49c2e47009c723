#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "client/crypto/digest.h"
#include "client/token/claims.h"

namespace signet::token {

// One token whose signature was verified and whose claims were read and carry our issuer. Says
// nothing about audience, time or revocation: those are asked again on every use.
struct VerifiedEntry {
  // What every use of a cached token reads stands first, in two cache lines: this, and the members
  // that AccessTokenClaims begins with.
  uint64_t key_set_identity = 0;  // of the key set in which the key was found
  std::string key_id;             // kid
  AccessTokenClaims claims;
  std::string token;                     // the whole compact JWS, compared byte by byte
  std::string annotation;                // see AccessTokenVerifier::Options
  crypto::Sha256Digest key_fingerprint;  // of the key that verified it
};

// Remembers verified tokens, bounded in bytes, so that a token costs its signature once. Entries
// are found by the token itself: a keyed hash of its last bytes (the signature, which no attacker
// can choose) leads to a slot, and the slot counts only if the whole token is equal, so that a
// collision can cost time and never an acceptance. Never gives an entry at or past its `exp`.
//
// 64 shards by hash, each with a mutex held for tens of nanoseconds; a hit does not allocate. With
// many tokens a hit is bound by memory: one probe, and everything it needs is asked for at once.
// Eviction is CLOCK (second chance). Thread-safe.
class VerifiedTokenCache {
 public:
  struct Stats {
    uint64_t hits = 0;
    uint64_t misses = 0;
    uint64_t entries = 0;
    uint64_t bytes = 0;      // tokens, claims and table together, estimated
    uint64_t evictions = 0;  // for room; expired ones are not counted
  };

  // At most about `max_bytes`; 0 keeps nothing.
  explicit VerifiedTokenCache(size_t max_bytes);
  ~VerifiedTokenCache();
  VerifiedTokenCache(const VerifiedTokenCache&) = delete;
  VerifiedTokenCache& operator=(const VerifiedTokenCache&) = delete;

  // The entry of exactly this token that has not expired at `now`, or null.
  std::shared_ptr<const VerifiedEntry> Find(absl::string_view token, absl::Time now) const;

  // Remembers `entry`, replacing one of the same token. Does nothing where it has expired at `now`
  // or is too large for its shard.
  void Insert(std::shared_ptr<const VerifiedEntry> entry, absl::Time now);

  // Sums over the shards; consistent within each.
  Stats stats() const;

 private:
  static constexpr size_t kShards = 64;
  struct Slot {  // two to a cache line
    uint32_t hash = 0;
    uint16_t token_size = 0;
    bool used_again = false;                     // since the clock's hand passed
    const char* token = nullptr;                 // of the entry, to be there sooner
    std::shared_ptr<const VerifiedEntry> entry;  // null: the slot is free
  };
  struct Shard;

  uint64_t Hash(absl::string_view token) const;
  Shard& ShardOf(uint64_t hash) const;

  const size_t shard_bytes_;
  std::array<uint64_t, 4> hash_key_;
  const std::unique_ptr<Shard[]> shards_;
};

}  // namespace signet::token

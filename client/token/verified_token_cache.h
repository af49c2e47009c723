#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/token/verified_entry.h"

namespace signet::token {

// Remembers verified tokens, bounded in bytes, so that a token costs its signature once. Entries
// are found by the token itself: a keyed hash of its last bytes (the signature, which no attacker
// can choose) leads to a slot, and the slot counts only if the whole token is equal, so that a
// collision can cost time and never an acceptance. Never gives an entry at or past its `exp`.
//
// Looking up takes no lock and waits for nobody: a thread in the middle of an insertion,
// descheduled or not, holds up nobody but those who insert into the same of 64 shards. Whoever
// looks while the table moves may miss an entry that is there, which costs a signature. A hit does
// not allocate. What was taken out is freed when nobody can be looking at it (base/epoch.h). With
// many tokens a hit is bound by memory: one probe of slots of 16 bytes, then the entry, all of
// whose lines are asked for at once. Whoever has many tokens can ask for the memory of the next
// ones while he judges one: the look-up in steps. Eviction is CLOCK (second chance). Thread-safe.
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
  VerifiedEntryRef Find(absl::string_view token, absl::Time now) const {
    return Find(token, AskForSlot(token), absl::ToUnixSeconds(now));
  }

  // The same in steps, the first two of which only ask for memory: to be made some tokens before
  // the third, so that the memory of several tokens is on its way at once. `now` in seconds since
  // 1970.
  uint64_t AskForSlot(absl::string_view token) const;  // returns its hash
  void AskForEntry(absl::string_view token, uint64_t hash,
                   bool annotation) const;  // of a slot that has arrived
  VerifiedEntryRef Find(absl::string_view token, uint64_t hash, int64_t now) const;

  // Remembers `entry`, replacing one of the same token. Does nothing where it has expired at `now`
  // or is too large for its shard.
  void Insert(VerifiedEntryRef entry, absl::Time now);

  // Sums over the shards.
  Stats stats() const;

 private:
  static constexpr size_t kShards = 64;
  static constexpr size_t kCounts = 64;
  struct Shard;
  struct Counts;

  uint64_t Hash(absl::string_view token) const;
  Shard& ShardOf(uint64_t hash) const;
  void Count(std::atomic<uint64_t> Counts::*what, uint32_t reader) const;
  // Whoever meets an expired entry takes it out.
  void RemoveExpired(absl::string_view token, uint64_t hash, int64_t now) const;

  const size_t shard_bytes_;
  std::array<uint64_t, 4> hash_key_;
  const std::unique_ptr<Shard[]> shards_;
  const std::unique_ptr<Counts[]> counts_;
};

}  // namespace signet::token

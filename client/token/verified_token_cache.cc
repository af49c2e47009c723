#include "client/token/verified_token_cache.h"

#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "client/base/random.h"
#include "client/token/jws.h"

namespace signet::token {
namespace {

__extension__ using Uint128 = unsigned __int128;

// The characters that are hashed: more than an ES256 signature has random bits.
constexpr size_t kHashedBytes = 64;
constexpr size_t kFirstSlots = 16;

uint64_t Load(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

uint64_t Mix(uint64_t a, uint64_t b) {
  const Uint128 product = Uint128{a} * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Asks for memory that will be read soon, all of it at once instead of line by line.
void Prefetch(const char* at, size_t size) {
  constexpr size_t kLine = 64;
  for (size_t i = 0; i < size; i += kLine) __builtin_prefetch(at + i);
}

size_t HeapBytes(const std::string& text) {
  return text.capacity() > 15 ? text.capacity() + 17 : 0;  // beyond the string's own buffer
}

size_t HeapBytes(const std::optional<std::string>& text) { return text ? HeapBytes(*text) : 0; }

size_t HeapBytes(const std::vector<std::string>& texts) {
  size_t bytes = texts.empty() ? 0 : texts.capacity() * sizeof(std::string) + 16;
  for (const std::string& text : texts) bytes += HeapBytes(text);
  return bytes;
}

// Of an entry's own share of a table half full: two slots. An entry does not change, and neither
// does this.
constexpr size_t kSlotShare = 2 * 32;

size_t BytesOf(const VerifiedEntry& entry) {
  const AccessTokenClaims& c = entry.claims;
  return sizeof(VerifiedEntry) + 32 + HeapBytes(entry.token) + HeapBytes(entry.annotation) +
         HeapBytes(entry.key_id) + HeapBytes(c.issuer) + HeapBytes(c.subject) +
         HeapBytes(c.audiences) + HeapBytes(c.client_id) + HeapBytes(c.token_id) +
         HeapBytes(c.session_id) + HeapBytes(c.scopes) + HeapBytes(c.roles) +
         HeapBytes(c.permissions) + HeapBytes(c.email) + HeapBytes(c.acr) + HeapBytes(c.amr) +
         kSlotShare;
}

}  // namespace

// An open-addressed table with linear probing, a power of two in size and at most three quarters
// full. Removal moves later entries of the run back, so that there are no tombstones: a probe ends
// at the first free slot.
struct alignas(64) VerifiedTokenCache::Shard {
  mutable base::Mutex mutex;
  std::vector<Slot> slots ABSL_GUARDED_BY(mutex);
  size_t entries ABSL_GUARDED_BY(mutex) = 0;
  size_t bytes ABSL_GUARDED_BY(mutex) = 0;  // of the entries
  size_t hand ABSL_GUARDED_BY(mutex) = 0;   // of the clock
  uint64_t hits ABSL_GUARDED_BY(mutex) = 0;
  uint64_t misses ABSL_GUARDED_BY(mutex) = 0;
  uint64_t evictions ABSL_GUARDED_BY(mutex) = 0;

  size_t Home(uint32_t hash) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return hash & (slots.size() - 1);
  }

  size_t Next(size_t at) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return (at + 1) & (slots.size() - 1);
  }

  // The slot of exactly this token, or the free one where its run ends. The table is not empty.
  Slot& Probe(uint32_t hash, absl::string_view token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    size_t at = Home(hash);
    while (slots[at].entry && (slots[at].hash != hash || !Is(slots[at], token))) at = Next(at);
    return slots[at];
  }

  // Whether the slot's token is this one. The hash says that it very likely is, so that what comes
  // after is worth asking for: the token's bytes, and the audience that is going to be compared.
  static bool Is(const Slot& slot, absl::string_view token) {
    Prefetch(slot.token, slot.token_size);
    __builtin_prefetch(slot.entry->claims.audiences.data());
    return absl::string_view(slot.token, slot.token_size) == token;
  }

  void Place(Slot slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    size_t at = Home(slot.hash);
    while (slots[at].entry) at = Next(at);
    slots[at] = std::move(slot);
  }

  void Grow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const size_t size = slots.empty() ? kFirstSlots : slots.size() * 2;
    std::vector<Slot> old = std::exchange(slots, std::vector<Slot>(size));
    for (Slot& slot : old) {
      if (slot.entry) Place(std::move(slot));
    }
    hand = 0;
  }

  // Gives the entry to the caller, who lets it die after the lock.
  std::shared_ptr<const VerifiedEntry> Remove(size_t hole) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    bytes -= BytesOf(*slots[hole].entry);
    --entries;
    std::shared_ptr<const VerifiedEntry> removed = std::move(slots[hole].entry);
    for (size_t at = Next(hole); slots[at].entry; at = Next(at)) {
      // An entry may fill the hole if the hole lies on its way from home to here.
      const size_t mask = slots.size() - 1;
      if (((at - Home(slots[at].hash)) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = std::move(slots[at]);
      hole = at;
    }
    slots[hole] = Slot{};
    return removed;
  }

  // Moves the hand to an entry that was not used since it last passed, or has expired, and takes it
  // out. There is at least one entry.
  std::shared_ptr<const VerifiedEntry> Evict(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    for (;; hand = Next(hand)) {
      Slot& slot = slots[hand];
      if (!slot.entry) continue;
      const bool expired = slot.entry->claims.expires_at <= now;
      if (!expired && std::exchange(slot.used_again, false)) continue;
      if (!expired) ++evictions;
      return Remove(hand);
    }
  }
};

VerifiedTokenCache::VerifiedTokenCache(size_t max_bytes)
    : shard_bytes_(max_bytes / kShards), shards_(std::make_unique<Shard[]>(kShards)) {
  base::FillRandom(reinterpret_cast<uint8_t*>(hash_key_.data()), sizeof(hash_key_));
}

VerifiedTokenCache::~VerifiedTokenCache() = default;

uint64_t VerifiedTokenCache::Hash(absl::string_view token) const {
  char tail[kHashedBytes] = {};
  const absl::string_view last =
      token.size() > kHashedBytes ? token.substr(token.size() - kHashedBytes) : token;
  last.copy(tail, last.size());
  uint64_t hash = hash_key_[0] ^ token.size();
  for (size_t i = 0; i < kHashedBytes; i += 16) {
    hash = Mix(Load(tail + i) ^ hash_key_[1], Load(tail + i + 8) ^ hash ^ hash_key_[2]);
  }
  return Mix(hash, hash_key_[3] | 1);
}

VerifiedTokenCache::Shard& VerifiedTokenCache::ShardOf(uint64_t hash) const {
  return shards_[hash >> 58];  // the slot takes the low 32 bits
}

std::shared_ptr<const VerifiedEntry> VerifiedTokenCache::Find(absl::string_view token,
                                                              absl::Time now) const {
  if (shard_bytes_ == 0) return nullptr;
  Prefetch(token.data(), token.size());
  const uint64_t full_hash = Hash(token);
  const auto hash = static_cast<uint32_t>(full_hash);
  Shard& shard = ShardOf(full_hash);
  std::shared_ptr<const VerifiedEntry> expired;  // dies after the lock
  base::MutexLock lock(shard.mutex);
  if (!shard.slots.empty()) {
    Slot& slot = shard.Probe(hash, token);
    if (slot.entry && now < slot.entry->claims.expires_at) {
      ++shard.hits;
      slot.used_again = true;
      return slot.entry;
    }
    if (slot.entry) expired = shard.Remove(static_cast<size_t>(&slot - shard.slots.data()));
  }
  ++shard.misses;
  return nullptr;
}

void VerifiedTokenCache::Insert(std::shared_ptr<const VerifiedEntry> entry, absl::Time now) {
  const size_t bytes = BytesOf(*entry);
  static_assert(kMaxTokenSize <= std::numeric_limits<uint16_t>::max() && sizeof(Slot) == 32);
  if (bytes > shard_bytes_ || entry->token.size() > kMaxTokenSize ||
      entry->claims.expires_at <= now) {
    return;
  }
  const uint64_t full_hash = Hash(entry->token);
  const auto hash = static_cast<uint32_t>(full_hash);
  Shard& shard = ShardOf(full_hash);
  std::vector<std::shared_ptr<const VerifiedEntry>> removed;  // dies after the lock
  base::MutexLock lock(shard.mutex);
  if (!shard.slots.empty()) {
    Slot& slot = shard.Probe(hash, entry->token);
    if (slot.entry) {
      removed.push_back(shard.Remove(static_cast<size_t>(&slot - shard.slots.data())));
    }
  }
  while (shard.bytes + bytes > shard_bytes_) removed.push_back(shard.Evict(now));
  if ((shard.entries + 1) * 4 > shard.slots.size() * 3) shard.Grow();
  const absl::string_view text = entry->token;
  shard.Place(Slot{.hash = hash,
                   .token_size = static_cast<uint16_t>(text.size()),
                   .token = text.data(),
                   .entry = std::move(entry)});
  shard.bytes += bytes;
  ++shard.entries;
}

VerifiedTokenCache::Stats VerifiedTokenCache::stats() const {
  Stats sum;
  for (size_t i = 0; i < kShards; ++i) {
    const Shard& shard = shards_[i];
    base::MutexLock lock(shard.mutex);
    sum.hits += shard.hits;
    sum.misses += shard.misses;
    sum.entries += shard.entries;
    sum.bytes += shard.bytes;
    sum.evictions += shard.evictions;
  }
  return sum;
}

}  // namespace signet::token

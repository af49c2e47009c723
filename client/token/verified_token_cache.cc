#include "client/token/verified_token_cache.h"

#include <atomic>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "client/base/mutex.h"
#include "client/base/random.h"

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

// Beside the entry: its share of a table half full, which is two slots, and what malloc adds. An
// entry does not change, and neither does this.
constexpr size_t kSlotShare = 2 * 16;
constexpr size_t kMallocShare = 16;

size_t BytesOf(const VerifiedEntry& entry) { return entry.size() + kSlotShare + kMallocShare; }

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
  // Where the table is, for those who only ask for its memory: they take no lock, and a place that
  // was the table's a moment ago does them no harm.
  std::atomic<uintptr_t> table_at{0};
  std::atomic<size_t> table_mask{0};

  size_t Home(uint32_t hash) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return hash & (slots.size() - 1);
  }

  size_t Next(size_t at) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return (at + 1) & (slots.size() - 1);
  }

  // The slot of exactly this token, or the free one where its run ends. The table is not empty.
  Slot& Probe(uint32_t hash, absl::string_view token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    size_t at = Home(hash);
    while (slots[at].entry && (slots[at].hash != hash || !Is(*slots[at].entry, token))) {
      at = Next(at);
    }
    return slots[at];
  }

  // The hash says that it very likely is.
  static bool Is(const VerifiedEntry& entry, absl::string_view token) {
    VerifiedEntry::Prefetch(&entry, token.size(), false);
    return entry.token() == token;
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
    table_at.store(reinterpret_cast<uintptr_t>(slots.data()), std::memory_order_relaxed);
    table_mask.store(size - 1, std::memory_order_relaxed);
  }

  // Gives the entry to the caller, who lets it die after the lock.
  VerifiedEntryRef Remove(size_t hole) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    bytes -= BytesOf(*slots[hole].entry);
    --entries;
    VerifiedEntryRef removed = std::move(slots[hole].entry);
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
  VerifiedEntryRef Evict(int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    for (;; hand = Next(hand)) {
      Slot& slot = slots[hand];
      if (!slot.entry) continue;
      const bool expired = slot.entry->expires_at() <= now;
      if (!expired && slot.entry->used_again()) {
        slot.entry->MarkUsedAgain(false);
        continue;
      }
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

uint64_t VerifiedTokenCache::AskForSlot(absl::string_view token) const {
  for (size_t i = 0; i < token.size(); i += 64) __builtin_prefetch(token.data() + i);
  const uint64_t hash = Hash(token);
  const Shard& shard = ShardOf(hash);
  const size_t at = hash & shard.table_mask.load(std::memory_order_relaxed);
  const uintptr_t slot = shard.table_at.load(std::memory_order_relaxed) + at * sizeof(Slot);
  __builtin_prefetch(reinterpret_cast<const void*>(slot));
  return hash;
}

void VerifiedTokenCache::AskForEntry(absl::string_view token, uint64_t hash,
                                     bool annotation) const {
  const auto wanted = static_cast<uint32_t>(hash);
  Shard& shard = ShardOf(hash);
  base::MutexLock lock(shard.mutex);
  if (shard.slots.empty()) return;
  for (size_t at = shard.Home(wanted); shard.slots[at].entry; at = shard.Next(at)) {
    if (shard.slots[at].hash != wanted) continue;
    return VerifiedEntry::Prefetch(shard.slots[at].entry.get(), token.size(), annotation);
  }
}

VerifiedEntryRef VerifiedTokenCache::Find(absl::string_view token, uint64_t hash,
                                          int64_t now) const {
  if (shard_bytes_ == 0) return {};
  const auto wanted = static_cast<uint32_t>(hash);
  Shard& shard = ShardOf(hash);
  VerifiedEntryRef expired;  // dies after the lock
  base::MutexLock lock(shard.mutex);
  if (!shard.slots.empty()) {
    Slot& slot = shard.Probe(wanted, token);
    if (slot.entry && now < slot.entry->expires_at()) {
      ++shard.hits;
      slot.entry->MarkUsedAgain(true);
      return slot.entry;
    }
    if (slot.entry) expired = shard.Remove(static_cast<size_t>(&slot - shard.slots.data()));
  }
  ++shard.misses;
  return {};
}

void VerifiedTokenCache::Insert(VerifiedEntryRef entry, absl::Time now) {
  const size_t bytes = BytesOf(*entry);
  const int64_t seconds = absl::ToUnixSeconds(now);
  static_assert(sizeof(Slot) == 16);
  if (bytes > shard_bytes_ || entry->expires_at() <= seconds) return;
  const uint64_t full_hash = Hash(entry->token());
  const auto hash = static_cast<uint32_t>(full_hash);
  Shard& shard = ShardOf(full_hash);
  std::vector<VerifiedEntryRef> removed;  // dies after the lock
  base::MutexLock lock(shard.mutex);
  if (!shard.slots.empty()) {
    Slot& slot = shard.Probe(hash, entry->token());
    if (slot.entry) {
      removed.push_back(shard.Remove(static_cast<size_t>(&slot - shard.slots.data())));
    }
  }
  while (shard.bytes + bytes > shard_bytes_) removed.push_back(shard.Evict(seconds));
  if ((shard.entries + 1) * 4 > shard.slots.size() * 3) shard.Grow();
  shard.Place(Slot{.hash = hash, .entry = std::move(entry)});
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

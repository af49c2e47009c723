#include "client/token/verified_token_cache.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "client/base/epoch.h"
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

// Written under the shard's lock and read without: a reader may see a hash beside the entry that
// stood there before or comes next, so that only the entry's own token decides.
struct Slot {  // four to a cache line
  std::atomic<uint32_t> hash{0};
  std::atomic<const VerifiedEntry*> entry{nullptr};  // null: the slot is free

  void Set(uint32_t new_hash, const VerifiedEntry* new_entry) {
    hash.store(new_hash, std::memory_order_relaxed);
    entry.store(new_entry, std::memory_order_seq_cst);
  }
};
static_assert(sizeof(Slot) == 16);

// Open-addressed with linear probing, a power of two in size and at most three quarters full.
// Removal moves later entries of the run back, so that there are no tombstones: a probe ends at the
// first free slot.
//
// A view of slots that others own. It is kept as one word, so that a reader has both their place
// and their number by one load: the slots are aligned, which leaves low bits for the size's
// logarithm.
class Table {
 public:
  explicit Table(uintptr_t word)
      : slots_(reinterpret_cast<Slot*>(word & ~kLogarithm)),
        mask_((size_t{1} << (word & kLogarithm)) - 1) {}

  struct Free {
    void operator()(Slot* slots) const { ::operator delete[](slots, std::align_val_t{kAlignment}); }
  };
  using Owned = std::unique_ptr<Slot[], Free>;

  static uintptr_t Make(size_t size) {
    auto* const slots = new (std::align_val_t{kAlignment}) Slot[size];
    return reinterpret_cast<uintptr_t>(slots) | static_cast<uintptr_t>(std::countr_zero(size));
  }
  // Who ends it takes the slots over.
  Owned Take() const { return Owned(slots_); }

  size_t size() const { return mask_ + 1; }
  size_t Home(uint64_t hash) const { return hash & mask_; }
  size_t Next(size_t at) const { return (at + 1) & mask_; }
  const Slot* SlotAt(size_t at) const { return slots_ + at; }

  const VerifiedEntry* At(size_t at) const {
    return slots_[at].entry.load(std::memory_order_seq_cst);
  }
  uint32_t HashAt(size_t at) const { return slots_[at].hash.load(std::memory_order_relaxed); }

  // The hash says that it very likely is.
  static bool Is(const VerifiedEntry& entry, absl::string_view token) {
    VerifiedEntry::Prefetch(&entry, token.size(), false);
    return entry.token() == token;
  }

  // The entry of exactly this token, or null. Of a reader: while the table moves, the end of the
  // run may not come, and each slot is looked at once.
  const VerifiedEntry* Find(uint32_t hash, absl::string_view token) const {
    size_t at = Home(hash);
    for (size_t looked = 0; looked < size(); ++looked, at = Next(at)) {
      const VerifiedEntry* entry = At(at);
      if (entry == nullptr) return nullptr;
      if (HashAt(at) == hash && Is(*entry, token)) return entry;
    }
    return nullptr;
  }

  // Of a writer: where exactly this token is, or the free slot where its run ends.
  size_t Probe(uint32_t hash, absl::string_view token) const {
    size_t at = Home(hash);
    while (At(at) != nullptr && (HashAt(at) != hash || !Is(*At(at), token))) at = Next(at);
    return at;
  }

  void Place(uint32_t hash, const VerifiedEntry* entry) const {
    size_t at = Home(hash);
    while (At(at) != nullptr) at = Next(at);
    slots_[at].Set(hash, entry);
  }

  // Each entry that moves stands in both places for a moment, never in none.
  void Clear(size_t hole) const {
    for (size_t at = Next(hole); At(at) != nullptr; at = Next(at)) {
      // An entry may fill the hole if the hole lies on its way from home to here.
      if (((at - Home(HashAt(at))) & mask_) < ((at - hole) & mask_)) continue;
      slots_[hole].Set(HashAt(at), At(at));
      hole = at;
    }
    slots_[hole].Set(0, nullptr);
  }

 private:
  static constexpr size_t kAlignment = 64;
  static constexpr uintptr_t kLogarithm = kAlignment - 1;
  static_assert(std::is_trivially_destructible_v<Slot>);

  Slot* const slots_;
  const size_t mask_;
};

// Taken out, and perhaps still looked at by those who began before `stamp`.
struct Retired {
  uint64_t stamp;
  VerifiedEntryRef entry;
  Table::Owned slots;
};

}  // namespace

// Of one thread, as long as there are not more threads than these; the last is for all the others.
struct alignas(64) VerifiedTokenCache::Counts {
  std::atomic<uint64_t> hits{0};
  std::atomic<uint64_t> misses{0};
};

// What readers read stands apart from what writers write.
struct alignas(64) VerifiedTokenCache::Shard {
  std::atomic<uintptr_t> table{Table::Make(kFirstSlots)};  // its slots are owned

  alignas(64) mutable base::Mutex mutex;
  size_t entries ABSL_GUARDED_BY(mutex) = 0;
  size_t bytes ABSL_GUARDED_BY(mutex) = 0;  // of the entries
  size_t hand ABSL_GUARDED_BY(mutex) = 0;   // of the clock
  uint64_t evictions ABSL_GUARDED_BY(mutex) = 0;
  std::vector<Retired> retired ABSL_GUARDED_BY(mutex);

  ~Shard() {
    const Table last = Slots();
    for (size_t at = 0; at < last.size(); ++at) VerifiedEntryRef::Adopt(last.At(at));
    last.Take();
  }

  // Inside of a section, or under the lock.
  Table Slots() const { return Table(table.load(std::memory_order_seq_cst)); }

  void MakeRoomForOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const Table old = Slots();
    if ((entries + 1) * 4 <= old.size() * 3) return;
    const uintptr_t word = Table::Make(old.size() * 2);
    const Table next(word);
    for (size_t at = 0; at < old.size(); ++at) {
      if (old.At(at) != nullptr) next.Place(old.HashAt(at), old.At(at));
    }
    hand = 0;
    table.store(word, std::memory_order_seq_cst);
    retired.push_back({.stamp = base::Epoch::Retire(), .entry = {}, .slots = old.Take()});
  }

  void Remove(size_t at) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const VerifiedEntry* const entry = Slots().At(at);
    bytes -= BytesOf(*entry);
    --entries;
    Slots().Clear(at);
    retired.push_back({.stamp = base::Epoch::Retire(),
                       .entry = VerifiedEntryRef::Adopt(entry),
                       .slots = nullptr});
  }

  // Moves the hand to an entry that was not used since it last passed, or has expired, and takes it
  // out. There is at least one entry.
  void Evict(int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    for (;; hand = Slots().Next(hand)) {
      const VerifiedEntry* const entry = Slots().At(hand);
      if (entry == nullptr) continue;
      const bool expired = entry->expires_at() <= now;
      if (!expired && entry->used_again()) {
        entry->MarkUsedAgain(false);
        continue;
      }
      if (!expired) ++evictions;
      return Remove(hand);
    }
  }

  // Gives the caller what nobody can be looking at any more; he lets it die after the lock.
  std::vector<Retired> Unseen() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::vector<Retired> unseen;
    if (retired.empty()) return unseen;
    const uint64_t oldest = base::Epoch::OldestReader();
    const auto seen = std::find_if(retired.begin(), retired.end(),
                                   [oldest](const Retired& r) { return r.stamp >= oldest; });
    unseen.assign(std::make_move_iterator(retired.begin()), std::make_move_iterator(seen));
    retired.erase(retired.begin(), seen);
    return unseen;
  }
};

VerifiedTokenCache::VerifiedTokenCache(size_t max_bytes)
    : shard_bytes_(max_bytes / kShards),
      shards_(std::make_unique<Shard[]>(kShards)),
      counts_(std::make_unique<Counts[]>(kCounts)) {
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
  // Without a section: a place that was the table's a moment ago does no harm.
  const Table table = ShardOf(hash).Slots();
  __builtin_prefetch(table.SlotAt(table.Home(hash)));
  return hash;
}

void VerifiedTokenCache::AskForEntry(absl::string_view token, uint64_t hash,
                                     bool annotation) const {
  const auto wanted = static_cast<uint32_t>(hash);
  const base::ReadSection section;
  const Table table = ShardOf(hash).Slots();
  size_t at = table.Home(wanted);
  for (size_t looked = 0; looked < table.size(); ++looked, at = table.Next(at)) {
    const VerifiedEntry* const entry = table.At(at);
    if (entry == nullptr) return;
    if (table.HashAt(at) == wanted) {
      return VerifiedEntry::Prefetch(entry, token.size(), annotation);
    }
  }
}

VerifiedEntryRef VerifiedTokenCache::Find(absl::string_view token, uint64_t hash,
                                          int64_t now) const {
  if (shard_bytes_ == 0) return {};
  const auto wanted = static_cast<uint32_t>(hash);
  bool expired = false;
  {
    const base::ReadSection section;
    const VerifiedEntry* const entry = ShardOf(hash).Slots().Find(wanted, token);
    if (entry != nullptr && now < entry->expires_at()) {
      Count(&Counts::hits, section.reader());
      entry->MarkUsedAgain(true);
      // The table's own reference cannot be the last one to go before the section ends.
      return VerifiedEntryRef(entry);
    }
    expired = entry != nullptr;
    Count(&Counts::misses, section.reader());
  }
  if (expired) RemoveExpired(token, hash, now);
  return {};
}

// A hit of a thread that counts alone costs no more than it looks.
void VerifiedTokenCache::Count(std::atomic<uint64_t> Counts::*what, uint32_t reader) const {
  if (reader >= kCounts - 1) {
    (counts_[kCounts - 1].*what).fetch_add(1, std::memory_order_relaxed);
    return;
  }
  std::atomic<uint64_t>& count = counts_[reader].*what;
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void VerifiedTokenCache::RemoveExpired(absl::string_view token, uint64_t hash, int64_t now) const {
  Shard& shard = ShardOf(hash);
  std::vector<Retired> unseen;  // dies after the lock
  base::MutexLock lock(shard.mutex);
  const size_t at = shard.Slots().Probe(static_cast<uint32_t>(hash), token);
  const VerifiedEntry* const entry = shard.Slots().At(at);
  if (entry != nullptr && entry->expires_at() <= now) shard.Remove(at);
  unseen = shard.Unseen();
}

void VerifiedTokenCache::Insert(VerifiedEntryRef entry, absl::Time now) {
  const size_t bytes = BytesOf(*entry);
  const int64_t seconds = absl::ToUnixSeconds(now);
  if (bytes > shard_bytes_ || entry->expires_at() <= seconds) return;
  const uint64_t full_hash = Hash(entry->token());
  const auto hash = static_cast<uint32_t>(full_hash);
  Shard& shard = ShardOf(full_hash);
  std::vector<Retired> unseen;  // dies after the lock
  base::MutexLock lock(shard.mutex);
  const size_t at = shard.Slots().Probe(hash, entry->token());
  if (shard.Slots().At(at) != nullptr) shard.Remove(at);
  while (shard.bytes + bytes > shard_bytes_) shard.Evict(seconds);
  shard.MakeRoomForOne();
  shard.Slots().Place(hash, entry.Release());
  shard.bytes += bytes;
  ++shard.entries;
  unseen = shard.Unseen();
}

VerifiedTokenCache::Stats VerifiedTokenCache::stats() const {
  Stats sum;
  for (size_t i = 0; i < kShards; ++i) {
    const Shard& shard = shards_[i];
    base::MutexLock lock(shard.mutex);
    sum.entries += shard.entries;
    sum.bytes += shard.bytes;
    sum.evictions += shard.evictions;
  }
  for (size_t i = 0; i < kCounts; ++i) {
    sum.hits += counts_[i].hits.load(std::memory_order_relaxed);
    sum.misses += counts_[i].misses.load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace signet::token

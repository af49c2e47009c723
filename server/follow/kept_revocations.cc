#include "server/follow/kept_revocations.h"

#include <algorithm>
#include <utility>

namespace signet::follow {
namespace {

using token::RevocationRecord;

// The first record behind `sequence`.
auto Behind(const std::vector<RevocationRecord>& chunk, int64_t sequence) {
  return std::upper_bound(
      chunk.begin(), chunk.end(), sequence,
      [](int64_t left, const RevocationRecord& right) { return left < right.sequence; });
}

// The first chunk that has a record behind `sequence`.
auto Behind(const std::deque<std::vector<RevocationRecord>>& chunks, int64_t sequence) {
  return std::upper_bound(
      chunks.begin(), chunks.end(), sequence,
      [](int64_t left, const auto& right) { return left < right.back().sequence; });
}

}  // namespace

void KeptRevocations::Stage(const std::vector<RevocationRecord>& records) {
  staged_.insert(staged_.end(), records.begin(), records.end());
}

void KeptRevocations::DropStaged() { staged_.clear(); }

void KeptRevocations::Begin(int64_t sequence, absl::Time as_of) {
  const auto all = std::exchange(staged_, {});
  std::deque<Chunk> old;  // freed after the lock
  base::MutexLock lock(mutex_);
  old.swap(chunks_);
  swept_ = 0;
  last_sequence_ = 0;
  Add(all);
  end_ = {{end_.place.reading + 1, sequence}, as_of};
}

void KeptRevocations::Append(const std::vector<RevocationRecord>& records, int64_t sequence,
                             absl::Time as_of, absl::Time now) {
  base::MutexLock lock(mutex_);
  Add(records);
  end_.place.sequence = sequence;
  end_.as_of = as_of;
  ForgetExpired(now);
}

void KeptRevocations::Add(const std::vector<RevocationRecord>& records) {
  for (const RevocationRecord& record : records) {
    if (chunks_.empty() || chunks_.back().size() >= kChunk) chunks_.emplace_back();
    chunks_.back().push_back(record);
  }
  if (records.empty()) return;
  last_sequence_ = records.back().sequence;
  last_recorded_at_ = records.back().recorded_at;
}

void KeptRevocations::ForgetExpired(absl::Time now) {
  if (chunks_.empty()) return;
  if (swept_ >= chunks_.size()) swept_ = 0;
  Chunk& chunk = chunks_[swept_];
  chunk.erase(
      std::remove_if(chunk.begin(), chunk.end(),
                     [now](const RevocationRecord& record) { return record.expires_at < now; }),
      chunk.end());
  if (!chunk.empty()) {
    ++swept_;
  } else {
    chunks_.erase(chunks_.begin() + static_cast<ptrdiff_t>(swept_));
  }
}

domain::RevocationHistory::End KeptRevocations::end() const {
  base::MutexLock lock(mutex_);
  return end_;
}

std::optional<domain::RevocationHistory::Part> KeptRevocations::ReadAfter(Place place,
                                                                          size_t limit) const {
  Part part;
  part.next = place;
  base::MutexLock lock(mutex_);
  if (place.reading != end_.place.reading) return std::nullopt;
  auto chunk = Behind(chunks_, place.sequence);
  for (; chunk != chunks_.end() && part.records.size() < limit; ++chunk) {
    const auto from = Behind(*chunk, place.sequence);
    const auto room = static_cast<ptrdiff_t>(limit - part.records.size());
    const auto to = from + std::min(room, chunk->end() - from);
    part.records.insert(part.records.end(), from, to);
  }
  if (!part.records.empty()) part.next.sequence = part.records.back().sequence;
  if (Behind(chunks_, part.next.sequence) != chunks_.end()) return part;
  part.next = end_.place;
  part.whole = true;
  part.as_of = end_.as_of;
  return part;
}

size_t KeptRevocations::CountAfter(int64_t sequence) const {
  base::MutexLock lock(mutex_);
  auto chunk = Behind(chunks_, sequence);
  if (chunk == chunks_.end()) return 0;
  auto count = static_cast<size_t>(chunk->end() - Behind(*chunk, sequence));
  for (++chunk; chunk != chunks_.end(); ++chunk) count += chunk->size();
  return count;
}

bool KeptRevocations::Holds(int64_t sequence, absl::Time recorded_at) const {
  base::MutexLock lock(mutex_);
  if (sequence == last_sequence_) return recorded_at == last_recorded_at_;
  const auto chunk = Behind(chunks_, sequence - 1);
  if (chunk == chunks_.end()) return false;
  const auto record = Behind(*chunk, sequence - 1);
  return record->sequence == sequence && record->recorded_at == recorded_at;
}

size_t KeptRevocations::size() const { return CountAfter(0); }

}  // namespace signet::follow

#include "server/domain/sessions/held_sessions.h"

#include <utility>

#include "client/crypto/digest.h"

namespace signet::domain {

std::string HeldSessions::KeyOf(absl::string_view token) { return crypto::Sha256Bytes(token); }

std::shared_ptr<HeldSession> HeldSessions::Find(absl::string_view key) const {
  Shard& shard = ShardOf(key);
  base::MutexLock lock(shard.mutex);
  const auto found = shard.sessions.find(key);
  return found == shard.sessions.end() ? nullptr : found->second;
}

void HeldSessions::Keep(const std::string& key, std::shared_ptr<HeldSession> session) {
  std::shared_ptr<HeldSession> gone;  // freed after the lock
  Shard& shard = ShardOf(key);
  base::MutexLock lock(shard.mutex);
  if (const auto found = shard.sessions.find(key); found != shard.sessions.end()) {
    gone = std::exchange(found->second, std::move(session));
    return;
  }
  if (shard.sessions.size() >= most_per_shard_) {
    // Keys are digests: the first of the table is anybody.
    const auto any = shard.sessions.begin();
    gone = std::move(any->second);
    shard.sessions.erase(any);
  }
  shard.sessions.emplace(key, std::move(session));
}

void HeldSessions::Drop(absl::string_view key) {
  std::shared_ptr<HeldSession> gone;
  Shard& shard = ShardOf(key);
  base::MutexLock lock(shard.mutex);
  const auto found = shard.sessions.find(key);
  if (found == shard.sessions.end()) return;
  gone = std::move(found->second);
  shard.sessions.erase(found);
}

size_t HeldSessions::size() const {
  size_t size = 0;
  for (const Shard& shard : shards_) {
    base::MutexLock lock(shard.mutex);
    size += shard.sessions.size();
  }
  return size;
}

}  // namespace signet::domain

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/atomic_flag.h"
#include "client/base/atomic_time.h"
#include "client/base/ids.h"
#include "client/base/mutex.h"
#include "client/base/secret.h"

namespace signet::domain {

// What this process knows of a session that a session token holds: what the database said, and the
// uses since. The facts are immutable, the times move.
struct HeldSession {
  base::UserId user_id;
  base::SessionId session_id;
  std::string client_id;
  absl::Time created_at;
  absl::Time expires_at;          // whatever the activity
  base::Secret access_token;      // what is judged in place of the session token; never leaves
  absl::Time renew_at;            // from then on the database has to be asked again
  base::AtomicTime last_used_at;  // of the uses that are known here
  base::AtomicTime recorded_at;   // when a use was last written, as far as is known here
  base::AtomicFlag noted;         // while it waits to be written (SessionActivity)
};

// The sessions that were asked about lately, by what was presented: so that a session costs a query
// now and then, and not one per use. Bounded: where there is no more room, any other goes. Takes
// one of 16 locks for the time of a look-up. Thread-safe.
class HeldSessions {
 public:
  explicit HeldSessions(size_t most) : most_per_shard_(most / kShards + 1) {}

  // By what a session is found: SHA-256 of the whole token. The token itself is not kept.
  static std::string KeyOf(absl::string_view token);

  // Null where there is none.
  std::shared_ptr<HeldSession> Find(absl::string_view key) const;
  void Keep(const std::string& key, std::shared_ptr<HeldSession> session);
  void Drop(absl::string_view key);
  size_t size() const;

 private:
  static constexpr size_t kShards = 16;
  struct Shard {
    mutable base::Mutex mutex;
    absl::flat_hash_map<std::string, std::shared_ptr<HeldSession>> sessions ABSL_GUARDED_BY(mutex);
  };
  Shard& ShardOf(absl::string_view key) const {
    return shards_[static_cast<uint8_t>(key[0]) % kShards];
  }

  const size_t most_per_shard_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace signet::domain

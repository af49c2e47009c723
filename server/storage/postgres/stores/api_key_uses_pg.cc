#include "server/storage/postgres/stores/api_key_uses_pg.h"

#include <algorithm>
#include <utility>

#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// A heap-only update: no index holds the time.
constexpr ServiceStatement kNoteUses{"note_api_key_uses", R"sql(
  UPDATE signet.api_keys AS k SET last_used_at = u.at
    FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)
   WHERE k.id = u.id
     AND (k.last_used_at IS NULL OR k.last_used_at <= u.at - interval '1 minute'))sql"};

}  // namespace

void ApiKeyUsesPg::Note(domain::ApiKeyId id, absl::Time at) {
  base::MutexLock lock(mutex_);
  if (kept_.size() >= kMostKept && !kept_.contains(id)) return;
  absl::Time& kept = kept_.try_emplace(id, at).first->second;
  kept = std::max(kept, at);
}

absl::Status ApiKeyUsesPg::Flush() {
  absl::flat_hash_map<domain::ApiKeyId, absl::Time> uses;
  {
    base::MutexLock lock(mutex_);
    uses = std::exchange(kept_, {});
  }
  if (uses.empty()) return absl::OkStatus();
  ArrayText ids;
  ArrayText times;
  for (const auto& [id, at] : uses) {
    ids.Append(id.ToString());
    times.Append(at);
  }
  const auto rows = pool_.Execute(kNoteUses, Params().Add(ids.Take()).Add(times.Take()));
  if (rows.ok()) return absl::OkStatus();
  for (const auto& [id, at] : uses) Note(id, at);
  return rows.status();
}

}  // namespace signet::storage

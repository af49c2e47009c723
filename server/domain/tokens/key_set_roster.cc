#include "server/domain/tokens/key_set_roster.h"

#include <algorithm>
#include <utility>

namespace signet::domain {
namespace {

// Of one statement, and of those whose goodbye could not be reported yet: what is forgotten ends
// with its lease all the same.
constexpr size_t kMostReported = 1000;

}  // namespace

void KeySetRoster::Came(const std::string& id, absl::string_view name, int64_t version) {
  base::MutexLock lock(mutex_);
  Entry& entry = here_[id];
  entry.name = std::string(name);
  entry.version = std::max(entry.version, version);
  entry.reported_at = absl::InfinitePast();
  ++entry.streams;
  // Who said goodbye over one stream and comes back over another is here.
  left_.erase(std::remove(left_.begin(), left_.end(), id), left_.end());
}

void KeySetRoster::Holds(const std::string& id, int64_t version) {
  base::MutexLock lock(mutex_);
  const auto found = here_.find(id);
  if (found == here_.end() || found->second.version >= version) return;
  found->second.version = version;
  found->second.reported_at = absl::InfinitePast();
}

void KeySetRoster::Left(const std::string& id) {
  base::MutexLock lock(mutex_);
  if (CloseStream(id) && left_.size() < kMostReported) left_.push_back(id);
}

void KeySetRoster::Lost(const std::string& id) {
  base::MutexLock lock(mutex_);
  CloseStream(id);
}

// Whether it was the last one of this verifier.
bool KeySetRoster::CloseStream(const std::string& id) {
  const auto found = here_.find(id);
  if (found == here_.end() || --found->second.streams > 0) return false;
  here_.erase(found);
  return true;
}

KeySetRoster::Standing KeySetRoster::StandingAt(int64_t version) const {
  Standing standing;
  base::MutexLock lock(mutex_);
  for (const auto& [id, entry] : here_) {
    ++(entry.version >= version ? standing.current : standing.behind);
  }
  return standing;
}

absl::Status KeySetRoster::Report(absl::Time now) {
  std::vector<KeySetVerifier> seen;
  std::vector<std::string> left;
  {
    base::MutexLock lock(mutex_);
    for (auto& [id, entry] : here_) {
      // Three times in each lease, so that reports may fail. A clock that was set back reports.
      const bool fresh = entry.reported_at <= now && now < entry.reported_at + lease_ / 3;
      if (fresh) continue;
      if (seen.size() == kMostReported) break;  // the rest with the next call
      seen.push_back({id, entry.name, entry.version, replica_, now});
      entry.reported_at = now;
    }
    left.swap(left_);
  }
  if (seen.empty() && left.empty()) return absl::OkStatus();
  const absl::Status reported = store_.Report(replica_, seen, left, now);
  if (reported.ok()) return reported;
  base::MutexLock lock(mutex_);
  for (const KeySetVerifier& verifier : seen) {
    const auto found = here_.find(verifier.id);
    if (found != here_.end()) found->second.reported_at = absl::InfinitePast();
  }
  for (std::string& id : left) {
    if (!here_.contains(id) && left_.size() < kMostReported) left_.push_back(std::move(id));
  }
  return reported;
}

}  // namespace signet::domain

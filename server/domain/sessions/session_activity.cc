#include "server/domain/sessions/session_activity.h"

#include <algorithm>
#include <utility>

#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

constexpr absl::Duration kAgain = absl::Seconds(1);

}  // namespace

void SessionActivity::Note(const std::shared_ptr<HeldSession>& session, absl::Time at) {
  session->last_used_at.Advance(at);
  if (!session->noted.Raise()) return;  // whoever writes it writes this use, too
  Wait(std::max(at, session->recorded_at.Get() + kGrain), session);
}

void SessionActivity::Wait(absl::Time due, std::shared_ptr<HeldSession> session) {
  base::MutexLock lock(mutex_);
  waiting_.emplace(due, std::move(session));
}

std::vector<std::shared_ptr<HeldSession>> SessionActivity::TakeDue(absl::Time until) {
  std::vector<std::shared_ptr<HeldSession>> due;
  base::MutexLock lock(mutex_);
  while (!waiting_.empty() && waiting_.begin()->first <= until && due.size() < kMostAtOnce) {
    due.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
  }
  return due;
}

absl::StatusOr<int> SessionActivity::Flush(absl::Time now) { return WriteDue(now, kGrain, now); }

absl::StatusOr<int> SessionActivity::FlushAll(absl::Time now) {
  return WriteDue(absl::InfiniteFuture(), absl::ZeroDuration(), now);
}

absl::StatusOr<int> SessionActivity::WriteDue(absl::Time until, absl::Duration grain,
                                              absl::Time now) {
  now = absl::FromUnixMicros(absl::ToUnixMicros(now));
  int written = 0;
  for (;;) {
    const auto due = TakeDue(until);
    if (due.empty()) return written;
    SIGNET_ASSIGN_OR_RETURN(const int some, Write(due, grain, now));
    written += some;
  }
}

absl::StatusOr<int> SessionActivity::Write(const std::vector<std::shared_ptr<HeldSession>>& due,
                                           absl::Duration grain, absl::Time now) {
  std::vector<SessionUse> uses;
  uses.reserve(due.size());
  for (const auto& session : due) {
    // In this order: a use that comes between the two lines waits again, and is not lost.
    session->noted.Lower();
    uses.push_back({session->user_id, session->session_id, session->last_used_at.Get()});
  }
  auto recorded = store_.RecordUses(uses, idle_, grain, now);
  if (!recorded.ok()) {
    for (const auto& session : due) {
      if (session->noted.Raise()) Wait(now + kAgain, session);
    }
    return recorded.status();
  }
  int written = 0;
  for (size_t i = 0; i < due.size(); ++i) {
    const std::optional<RecordedUse>& row = (*recorded)[i];
    if (!row) continue;
    due[i]->recorded_at.Advance(row->recorded_at);
    due[i]->last_used_at.Advance(row->last_used_at);
    if (row->recorded_at == now) ++written;
    const bool another_replica_was_first =
        row->last_used_at < uses[i].at && row->recorded_at > now - grain;
    if (another_replica_was_first && due[i]->noted.Raise()) {
      Wait(row->recorded_at + grain, due[i]);
    }
  }
  return written;
}

size_t SessionActivity::waiting() const {
  base::MutexLock lock(mutex_);
  return waiting_.size();
}

}  // namespace signet::domain

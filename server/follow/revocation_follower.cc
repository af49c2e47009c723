#include "server/follow/revocation_follower.h"

#include <algorithm>
#include <utility>

#include "client/base/status_macros.h"

namespace signet::follow {

RevocationFollower::Name RevocationFollower::NameOf(const token::RevocationRecord& record) {
  return {static_cast<int>(record.kind), record.subject, record.recorded_at};
}

RevocationFollower::RevocationFollower(domain::RevocationStore& store, const base::Clock& clock,
                                       base::Snapshot<token::RevocationSet>& revocations,
                                       KeptRevocations& kept, FollowObserver& observer,
                                       int page_size)
    : store_(store),
      clock_(clock),
      revocations_(revocations),
      kept_(kept),
      observer_(observer),
      page_size_(page_size),
      set_(std::make_shared<token::RevocationSet>()) {}

absl::Status RevocationFollower::CatchUp() {
  for (;;) {
    const absl::Time read_began = clock_.Now();
    SIGNET_ASSIGN_OR_RETURN(const auto page, store_.ReadAfter(position_, read_began, page_size_));
    if (!Continues(page)) {
      StartOver(page.head);
      continue;
    }
    const bool at_head = page.records.size() < static_cast<size_t>(page_size_);
    for (const token::RevocationRecord& record : page.records) missing_.erase(NameOf(record));
    // What is written back comes with the next page.
    const bool whole = at_head && missing_.empty();
    Apply(page, whole, read_began);
    if (whole) return absl::OkStatus();
    if (at_head) SIGNET_RETURN_IF_ERROR(RestoreMissing(read_began));
  }
}

bool RevocationFollower::Continues(const domain::RevocationStore::Page& page) const {
  if (page.head < position_) return false;
  return !page.after_recorded_at || !position_recorded_at_ ||
         *page.after_recorded_at == *position_recorded_at_;
}

// The old sequences are given to other records; asking for "after position_" would skip those for
// good.
void RevocationFollower::StartOver(int64_t head) {
  observer_.OnRevocationLogRewound(position_, head);
  // While it is read anew for an earlier loss, what is kept is what was in force then.
  missing_.clear();
  const auto held = kept_.ReadAfter({kept_.end().place.reading, 0}, kept_.size());
  if (held) {
    for (const token::RevocationRecord& record : held->records) {
      missing_.emplace(NameOf(record), record);
    }
  }
  set_ = std::make_shared<token::RevocationSet>();
  kept_.DropStaged();
  position_ = 0;
  position_recorded_at_.reset();
  has_backlog_ = true;
}

absl::Status RevocationFollower::RestoreMissing(absl::Time now) {
  int64_t restored = 0;
  absl::Status status;
  while (!missing_.empty()) {
    const token::RevocationRecord& record = missing_.begin()->second;
    if (record.expires_at > now) {
      status = store_.Restore(record, now);
      if (!status.ok()) break;
      ++restored;
    }
    missing_.erase(missing_.begin());
  }
  if (restored > 0) observer_.OnRevocationsRestored(restored);
  return status;
}

void RevocationFollower::Apply(const domain::RevocationStore::Page& page, bool at_head,
                               absl::Time read_began) {
  const int64_t applied_before = position_;
  set_ = set_->With(page.records, at_head ? read_began : set_->as_of(), read_began);
  if (!page.records.empty()) {
    position_ = page.records.back().sequence;
    position_recorded_at_ = page.records.back().recorded_at;
  }
  // Expired records are not sent: without this the same dead tail would be scanned every time.
  if (at_head) {
    position_ = page.head;
    position_recorded_at_ = page.head_recorded_at;
  }

  // A backlog is published whole: while it is read again after a rewind, half of it would accept
  // tokens that were refused a moment ago.
  if (has_backlog_) kept_.Stage(page.records);
  if (has_backlog_ && !at_head) return;
  revocations_.Replace(set_);
  if (has_backlog_) {
    kept_.Begin(position_, set_->as_of());
  } else {
    kept_.Append(page.records, position_, set_->as_of(), read_began);
  }
  if (!has_backlog_) ReportLags(page, applied_before);
  if (!at_head) return;
  has_backlog_ = false;
  observer_.OnRevocationsCurrent(position_, read_began);
}

void RevocationFollower::ReportLags(const domain::RevocationStore::Page& page,
                                    int64_t applied_before) {
  const absl::Time applied_at = clock_.Now();
  for (const token::RevocationRecord& record : page.records) {
    if (record.sequence <= applied_before) continue;
    observer_.OnRevocationApplied(std::max(applied_at - record.recorded_at, absl::ZeroDuration()));
  }
}

}  // namespace signet::follow

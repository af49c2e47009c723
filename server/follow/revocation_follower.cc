#include "server/follow/revocation_follower.h"

#include <algorithm>
#include <utility>

#include "client/base/status_macros.h"

namespace signet::follow {

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
    if (page.head < position_) {
      StartOver(page.head);
      continue;
    }
    const bool at_head = page.records.size() < static_cast<size_t>(page_size_);
    Apply(page, at_head, read_began);
    if (at_head) return absl::OkStatus();
  }
}

// After a restore the old sequences will be given to other records; asking for "after position_"
// would skip those for good.
void RevocationFollower::StartOver(int64_t head) {
  observer_.OnRevocationLogRewound(position_, head);
  set_ = std::make_shared<token::RevocationSet>();
  kept_.DropStaged();
  position_ = 0;
  has_backlog_ = true;
}

void RevocationFollower::Apply(const domain::RevocationStore::Page& page, bool at_head,
                               absl::Time read_began) {
  const int64_t applied_before = position_;
  set_ = set_->With(page.records, at_head ? read_began : set_->as_of(), read_began);
  if (!page.records.empty()) position_ = page.records.back().sequence;
  // Expired records are not sent: without this the same dead tail would be scanned every time.
  if (at_head) position_ = std::max(position_, page.head);

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

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/base/snapshot.h"
#include "client/token/revocation_set.h"
#include "server/domain/ports/revocation_store.h"
#include "server/follow/follow_observer.h"
#include "server/follow/kept_revocations.h"

namespace signet::follow {

// Turns the ordered revocation log into the set that validation reads. Each CatchUp() reads
// from where the last one ended, page by page to the head, and replaces the snapshot.
//
// Sequences are gapless in commit order, so "everything after the last one I applied" can miss
// nothing: neither a lost notification nor a failed attempt leaves a hole. Used by one thread at a
// time; `revocations` is read by any number.
//
// A database can lose its end: a backup is restored, or an asynchronous standby is promoted. The
// log then ends before what was applied, or has given its numbers out again, which the time of the
// last record tells. No revoked token lives again for that: the snapshot of before stands while the
// log is read anew, what was in force and is missing is written back, and then the new one takes
// its place. What no process had heard of is lost.
class RevocationFollower {
 public:
  static constexpr int kPageSize = 5000;

  // Everything stays the caller's and outlives the follower. `kept`: the same records in their
  // order, written after the set.
  RevocationFollower(domain::RevocationStore& store, const base::Clock& clock,
                     base::Snapshot<token::RevocationSet>& revocations, KeptRevocations& kept,
                     FollowObserver& observer, int page_size = kPageSize);

  // OK when the log was read to its end: as_of() of the snapshot is then the time at which the
  // last read began. On an error of the store what was read so far is kept and applied, as_of()
  // stands still, and the next call goes on from there.
  absl::Status CatchUp();

 private:
  // What a record is known by, whatever its number: kind, subject, when it was recorded.
  using Name = std::tuple<int, std::string, absl::Time>;
  static Name NameOf(const token::RevocationRecord& record);

  void StartOver(int64_t head);
  void Apply(const domain::RevocationStore::Page& page, bool at_head, absl::Time read_began);
  // Whether the page continues the log that was read before.
  bool Continues(const domain::RevocationStore::Page& page) const;
  absl::Status RestoreMissing(absl::Time now);
  void ReportLags(const domain::RevocationStore::Page& page, int64_t applied_before);

  domain::RevocationStore& store_;
  const base::Clock& clock_;
  base::Snapshot<token::RevocationSet>& revocations_;
  KeptRevocations& kept_;
  FollowObserver& observer_;
  const int page_size_;

  std::shared_ptr<const token::RevocationSet> set_;
  int64_t position_ = 0;                            // every unexpired record up to here is in set_
  std::optional<absl::Time> position_recorded_at_;  // of the record there, where that is known
  bool has_backlog_ = true;  // at the start, and while reading again from the beginning
  // What was in force when the log was found to be another one, less what was read of it since.
  std::map<Name, token::RevocationRecord> missing_;
};

}  // namespace signet::follow

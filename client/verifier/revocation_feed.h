#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <signet/v1/token_service.pb.h>

#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/token/revocation_set.h"
#include "client/verifier/knowledge.h"
#include "client/verifier/observer.h"

namespace signet::verifier {

// Turns what WatchRevocations sends into the set that is in force. Knows no connection: Begin() at
// the start of each, Take() for every message of it.
//
// A snapshot is collected and takes effect whole. Knowledge never goes back in time: a snapshot
// that is older than what is in force (another replica, which lags) is kept beside it, and replaces
// it once its deltas have brought it as far; until then what was refused stays refused. Used by one
// thread.
class RevocationFeed {
 public:
  // Everything stays the caller's and outlives the feed; `observer` may be null.
  RevocationFeed(Knowledge& knowledge, const base::Clock& clock, VerifierObserver* observer);

  // What to ask for on a new connection: everything, or what follows the last entry applied.
  v1::WatchRevocationsRequest Begin();

  // False: the message breaks the contract (a delta before there is a snapshot, entries out of
  // order or beyond the message's own sequence, a kind of message that we do not know). Begin()
  // will then ask for a snapshot.
  //
  // An entry of a kind that we do not know can revoke anything: from then on all knowledge counts
  // as infinitely old, until a snapshot has come without such entries.
  bool Take(const v1::WatchRevocationsResponse& message);

 private:
  bool TakeSnapshotPart(const v1::WatchRevocationsResponse& message);
  bool TakeDelta(const v1::WatchRevocationsResponse& message);
  bool Read(const v1::WatchRevocationsResponse& message, int64_t after,
            std::vector<token::RevocationRecord>& records);
  absl::Time AsOf(const v1::WatchRevocationsResponse& message) const;
  void Publish();
  void ReportLags(const std::vector<token::RevocationRecord>& records) const;

  Knowledge& knowledge_;
  const base::Clock& clock_;
  VerifierObserver* const observer_;

  std::shared_ptr<const token::RevocationSet> set_;  // null: no snapshot yet
  int64_t heard_ = 0;                                // the last sequence of this connection
  int64_t last_sequence_ = 0;                        // of the last entry applied, to resume by
  absl::Time last_recorded_at_;
  bool blind_ = false;  // an entry of an unknown kind was met
  // Of what is in force, also where blindness lets it count as infinitely old.
  absl::Time in_force_as_of_ = absl::InfinitePast();

  bool resuming_ = false;
  bool collecting_ = false;
  bool part_is_blind_ = false;
  std::vector<token::RevocationRecord> parts_;
};

}  // namespace signet::verifier

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "client/token/revocation_set.h"
#include "server/domain/ports/revocation_history.h"

namespace signet::follow {

// The unexpired revocations, kept in the order of the log: what is new for whoever follows, and the
// whole for whoever begins. One record is about 150 bytes.
//
// One thread writes (RevocationFollower), any number reads. Records lie in chunks; each write looks
// through one of them for what has expired, so that no reader ever waits for more than that.
class KeptRevocations final : public domain::RevocationHistory {
 public:
  static constexpr size_t kChunk = 1000;

  // A reading of the log from its beginning: staged records are shown, in place of everything
  // before, when Begin() says that the end was reached.
  void Stage(const std::vector<token::RevocationRecord>& records);
  void DropStaged();
  void Begin(int64_t sequence, absl::Time as_of);

  // `records` follow, up to `sequence`; what was committed before `as_of` is known. What expires
  // before `now` may be forgotten.
  void Append(const std::vector<token::RevocationRecord>& records, int64_t sequence,
              absl::Time as_of, absl::Time now);

  End end() const override;
  std::optional<Part> ReadAfter(Place place, size_t limit) const override;
  size_t CountAfter(int64_t sequence) const override;
  bool Holds(int64_t sequence, absl::Time recorded_at) const override;

  // How many are kept.
  size_t size() const;

 private:
  using Chunk = std::vector<token::RevocationRecord>;  // ascending, never empty

  void Add(const std::vector<token::RevocationRecord>& records)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetExpired(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::vector<token::RevocationRecord> staged_;  // the writer's own

  mutable base::Mutex mutex_;
  std::deque<Chunk> chunks_ ABSL_GUARDED_BY(mutex_);
  size_t swept_ ABSL_GUARDED_BY(mutex_) = 0;  // the chunk that is looked through next
  End end_ ABSL_GUARDED_BY(mutex_);
  // Of the last record that was read, expired or not.
  int64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time last_recorded_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace signet::follow

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/token/revocation_set.h"
#include "server/domain/audit/audit_record.h"

namespace signet::domain {

// The ordered revocation log. Thread-safe.
class RevocationStore {
 public:
  virtual ~RevocationStore() = default;

  // Appends one record (its sequence is assigned under one row lock in the same transaction, so
  // that sequence order is commit order without gaps) and wakes every replica. Returns the
  // sequence. Appending the same kind and subject twice is harmless.
  virtual absl::StatusOr<int64_t> Append(const token::RevocationRecord& record) = 0;

  // The same, with an event of the audit log in the same statement.
  virtual absl::StatusOr<int64_t> AppendAudited(const token::RevocationRecord& record,
                                                const AuditRecord& audit) = 0;

  // Writes a record back that the log has lost, as it was, unless it is there; and ends what it
  // named, if that lives again: the session, or the user's sessions that began before not_before
  // (their end reason is kRevoked, since nobody knows the one that was lost). Keys and what was
  // changed along with the revocation stay as they are. Twice is harmless.
  virtual absl::Status Restore(const token::RevocationRecord& record, absl::Time now) = 0;

  // Records with sequence > `after` that expire after `now`, ascending, at most `limit`; and in
  // `head` the last sequence committed when the read began.
  struct Page {
    std::vector<token::RevocationRecord> records;
    int64_t head = 0;
    // When the records numbered `after` and `head` were recorded, expired or not; nothing for one
    // that is no longer kept. A reader that remembers another time for `after` has read another
    // log: the database lost its end and has given the numbers out again.
    std::optional<absl::Time> after_recorded_at;
    std::optional<absl::Time> head_recorded_at;
  };
  virtual absl::StatusOr<Page> ReadAfter(int64_t after, absl::Time now, int limit) = 0;
};

}  // namespace signet::domain

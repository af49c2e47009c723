#pragma once

#include <vector>

#include "absl/status/statusor.h"
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

  // Records with sequence > `after` that expire after `now`, ascending, at most `limit`; and in
  // `head` the last sequence committed when the read began.
  struct Page {
    std::vector<token::RevocationRecord> records;
    int64_t head = 0;
  };
  virtual absl::StatusOr<Page> ReadAfter(int64_t after, absl::Time now, int limit) = 0;
};

}  // namespace signet::domain

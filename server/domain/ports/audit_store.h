#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "server/domain/audit/audit_record.h"

namespace signet::domain {

// The audit log, as those see it who add to it. Thread-safe.
class AuditStore {
 public:
  virtual ~AuditStore() = default;

  // Stores an event that has no other effect: a refusal, a look at something. One statement.
  // STORAGE_UNAVAILABLE, DEADLINE_EXCEEDED: it is not stored, and the caller must not answer as if
  // it were.
  absl::Status Append(const AuditRecord& record) {
    return AppendAll(absl::MakeConstSpan(&record, 1));
  }

  // The same for several, all or none. One statement.
  virtual absl::Status AppendAll(absl::Span<const AuditRecord> records) = 0;
};

}  // namespace signet::domain

#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/domain/audit/audit_event.h"
#include "server/domain/ports/audit_recorder.h"
#include "server/domain/ports/audit_store.h"

namespace signet::domain {

// How a use case writes the audit log. Thread-safe.
//
//   with an effect     the record goes to the store method that has the effect, and is written by
//                      the same statement under the same guard: it exists exactly when the effect
//                      does
//                        sessions_.End(…, audit_.Record(AuditEventOf(kLogout, caller, call)));
//   without an effect  a refusal, a look: a statement of its own. If it cannot be stored nothing is
//                      answered but that error.
//                        SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "WRONG_PASSWORD"));
//
// What is no event: requests that name no valid field (FIELD_INVALID), calls that were never
// decided (OVERLOADED, STORAGE_UNAVAILABLE), repeats that changed nothing.
class AuditTrail {
 public:
  // Both outlive it.
  AuditTrail(const AuditRecorder& recorder, AuditStore& store)
      : recorder_(recorder), store_(store) {}

  // For the statement that has the effect.
  AuditRecord Record(AuditEvent event) const { return recorder_.Record(std::move(event)); }

  // Stores an event without another effect.
  absl::Status Append(AuditEvent event) { return store_.Append(Record(std::move(event))); }

  // Several, already recorded, in one statement.
  absl::Status AppendAll(absl::Span<const AuditRecord> records) {
    return records.empty() ? absl::OkStatus() : store_.AppendAll(records);
  }

  // The same as Append() for a refusal.
  absl::Status Refuse(AuditEvent event, absl::string_view reason) {
    event.outcome = AuditOutcome::kRefused;
    event.reason = std::string(reason);
    return Append(std::move(event));
  }

 private:
  const AuditRecorder& recorder_;
  AuditStore& store_;
};

}  // namespace signet::domain

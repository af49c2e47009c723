#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/base/error.h"
#include "server/domain/audit/audit_trail.h"

namespace signet::domain {

// Whether a use case answered no, rather than that nothing was decided (OVERLOADED,
// STORAGE_UNAVAILABLE, FIELD_INVALID): that is an event of the audit log.
inline bool IsRefusal(const absl::Status& status) {
  return !base::ErrorReason(status).empty() &&
         (absl::IsUnauthenticated(status) || absl::IsFailedPrecondition(status) ||
          absl::IsResourceExhausted(status) || absl::IsAborted(status));
}

// The result, with its event written before it is answered where it is a refusal. What succeeded
// has its event from the statement with the effect.
template <typename T>
absl::StatusOr<T> AuditedRefusal(AuditTrail& audit, AuditEvent event, absl::StatusOr<T> result) {
  if (result.ok() || !IsRefusal(result.status())) return result;
  const absl::Status written = audit.Refuse(std::move(event), base::ErrorReason(result.status()));
  if (!written.ok()) return written;
  return result;
}

}  // namespace signet::domain

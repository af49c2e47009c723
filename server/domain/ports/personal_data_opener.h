#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "client/audit/event_content.h"
#include "server/domain/audit/audit_event.h"

namespace signet::domain {

// Opens what an AuditRecorder sealed. Microseconds, no I/O. Thread-safe.
class PersonalDataOpener {
 public:
  virtual ~PersonalDataOpener() = default;

  // The personal data of the event; nothing where it was changed, belongs to another event or
  // person, or is not what `commitment` (EventContent::personal_commitment) says.
  virtual std::optional<audit::PersonalData> Open(AuditEventId id, base::UserId person,
                                                  absl::string_view sealed,
                                                  absl::string_view commitment) const = 0;
};

}  // namespace signet::domain

#pragma once

#include <optional>
#include <string>

#include "server/domain/audit/audit_event.h"

namespace signet::domain {

// One thing that is kept of a person.
struct KeptRecord {
  std::string table;
  std::string record;  // a JSON object, without hashes, keys and sealed values

  // Of the audit log, as it lies there.
  struct Event {
    AuditEventId id;
    std::string content;
    std::string sealed_personal;  // empty: none of this person, or erased
  };
  std::optional<Event> event;
};

}  // namespace signet::domain

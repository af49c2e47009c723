#pragma once

#include <string>

#include "server/domain/audit/audit_event.h"

namespace signet::domain {

// An event made ready to be stored, by an AuditRecorder alone: its bytes are final, and the store
// writes them in the statement that has the effect, or not at all. A store never writes
// `event.peer` or `event.identifier`, which `sealed_personal` holds.
struct AuditRecord {
  AuditEvent event;
  std::string content;    // the canonical encoding: what is hashed and kept for good
  std::string leaf_hash;  // SHA-256(0x00 || content), 32 bytes (RFC 9162 section 2.1.1)
  // Sealed for event.person(); empty where the event has no personal data.
  std::string sealed_personal;
};

}  // namespace signet::domain

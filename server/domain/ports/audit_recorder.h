#pragma once

#include "server/domain/audit/audit_record.h"

namespace signet::domain {

// Makes an event ready to be stored: canonical encoding, leaf hash, sealed personal part.
// Microseconds of CPU, no I/O, no lock. Thread-safe.
class AuditRecorder {
 public:
  virtual ~AuditRecorder() = default;
  virtual AuditRecord Record(AuditEvent event) const = 0;
};

}  // namespace signet::domain

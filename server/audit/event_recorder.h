#pragma once

#include <optional>

#include "client/audit/event_content.h"
#include "client/base/secret.h"
#include "server/domain/ports/audit_recorder.h"
#include "server/domain/ports/personal_data_opener.h"

namespace signet::audit {

// The domain's AuditRecorder. Personal data is sealed by AES-256-GCM under a key of
// each person, derived from the master key: one key for everybody would soon have sealed more
// than the 2^32 messages that random nonces allow. The event's id and the person are bound in, so
// that a sealed row answers for no other event. Immutable, thread-safe.
class EventRecorder final : public domain::AuditRecorder, public domain::PersonalDataOpener {
 public:
  // `master_key`: 32 bytes that all replicas share.
  explicit EventRecorder(base::Secret master_key) : master_key_(std::move(master_key)) {}

  domain::AuditRecord Record(domain::AuditEvent event) const override;

  std::optional<PersonalData> Open(domain::AuditEventId id, base::UserId person,
                                   absl::string_view sealed,
                                   absl::string_view commitment) const override;

 private:
  base::Secret PersonKey(base::UserId person) const;

  const base::Secret master_key_;
};

// What is hashed of `event`, but for the commitment.
EventContent ContentOf(const domain::AuditEvent& event);

}  // namespace signet::audit

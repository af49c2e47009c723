#pragma once

#include "client/base/status_macros.h"
#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/audit_recorder.h"
#include "server/domain/ports/audit_store.h"

namespace signet::domain {

// Keeps what it is given in FakeDatabase::audit().
class FakeAuditStore final : public AuditStore {
 public:
  explicit FakeAuditStore(FakeDatabase& database) : database_(database) {}
  absl::Status AppendAll(absl::Span<const AuditRecord> records) override {
    for (const AuditRecord& record : records) {
      SIGNET_RETURN_IF_ERROR(database_.AppendAudit(record));
    }
    return absl::OkStatus();
  }

 private:
  FakeDatabase& database_;
};

// Records without sealing: the tests of use cases look at `event`.
class FakeAuditRecorder final : public AuditRecorder {
 public:
  AuditRecord Record(AuditEvent event) const override {
    AuditRecord record;
    record.content = event.id.ToString();
    record.leaf_hash = std::string(32, 'h');
    record.event = std::move(event);
    return record;
  }
};

}  // namespace signet::domain

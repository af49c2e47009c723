#pragma once

#include "server/domain/ports/attempt_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// Guesses in PostgreSQL; every method is one statement and one round trip. Thread-safe.
class AttemptStorePg final : public domain::AttemptStore {
 public:
  // `pool` must outlive the store.
  explicit AttemptStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<domain::Admission> Admit(const domain::LoginAttempt& attempt,
                                          const domain::GuardPolicy& policy) override;
  absl::StatusOr<domain::Admission> AdmitSession(const domain::SessionAttempt& attempt,
                                                 const domain::GuardPolicy& policy) override;
  absl::StatusOr<domain::Settlement> Fail(const domain::FailedAttempt& failed,
                                          const domain::GuardPolicy& policy,
                                          const domain::ThreatPolicy& threats) override;
  absl::Status Succeed(const domain::GuardKey& key) override;
  absl::Status Release(const domain::GuardKey& key,
                       const std::optional<domain::AuditRecord>& audit) override;
  absl::StatusOr<std::optional<bool>> Unlock(base::UserId user, const domain::AuditRecord& audit,
                                             absl::Time now) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

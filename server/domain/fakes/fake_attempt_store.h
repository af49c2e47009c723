#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/attempt_store.h"

namespace signet::domain {

// Guesses in memory; behaves as the port says. Thread-safe.
class FakeAttemptStore final : public AttemptStore {
 public:
  // `database` must outlive the store.
  explicit FakeAttemptStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<Admission> Admit(const LoginAttempt& attempt, const GuardPolicy& policy) override;
  absl::StatusOr<Admission> AdmitSession(const SessionAttempt& attempt,
                                         const GuardPolicy& policy) override;
  absl::StatusOr<Settlement> Fail(const FailedAttempt& failed, const GuardPolicy& policy,
                                  const ThreatPolicy& threats) override;
  absl::Status Succeed(const GuardKey& key) override;
  absl::Status Release(const GuardKey& key, const std::optional<AuditRecord>& audit) override;
  absl::StatusOr<std::optional<bool>> Unlock(base::UserId user, const AuditRecord& audit,
                                             absl::Time now) override;

 private:
  struct Failure {
    absl::Time at;
    base::Uuid subject;
    FailureEvidence evidence;
    bool locked = false;
  };

  Admission Decide(const GuardKey& key, const FakeDatabase::Account* account, bool solved,
                   absl::Time now, const GuardPolicy& policy)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_.mutex_);
  std::vector<ThreatKind> Look(const Failure& failure, const ThreatPolicy& policy)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_.mutex_);
  bool Raise(ThreatKind kind, int64_t key, absl::Time now, absl::Duration window)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_.mutex_);

  FakeDatabase& database_;
  std::vector<Failure> failures_;
  std::map<std::pair<ThreatKind, int64_t>, absl::Time> raised_;
};

}  // namespace signet::domain

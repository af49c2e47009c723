#pragma once

#include <optional>
#include <vector>

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/session_token_store.h"

namespace signet::domain {

// Session tokens in memory; behaves as the port says. Thread-safe.
class FakeSessionTokenStore final : public SessionTokenStore {
 public:
  // `database` must outlive the store.
  explicit FakeSessionTokenStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<std::vector<std::optional<SessionTokenView>>> Find(
      absl::Span<const PresentedSession> presented) override;
  absl::StatusOr<std::vector<std::optional<RecordedUse>>> RecordUses(
      absl::Span<const SessionUse> uses, absl::Duration idle, absl::Duration grain,
      absl::Time now) override;
  absl::StatusOr<SessionPolicy> ReadPolicy() override;
  absl::StatusOr<SessionPolicy> WritePolicy(const SessionPolicy& policy,
                                            const AuditRecord& audit) override;

  // How often a row was written by RecordUses(), and how often Find() was asked.
  int written() const;
  int reads() const;

 private:
  FakeDatabase& database_;
  int written_ ABSL_GUARDED_BY(database_.mutex_) = 0;
  int reads_ ABSL_GUARDED_BY(database_.mutex_) = 0;
};

}  // namespace signet::domain

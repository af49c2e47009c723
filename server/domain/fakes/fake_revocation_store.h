#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/revocation_store.h"

namespace signet::domain {

// The revocation log in memory; behaves as the port says. Thread-safe.
class FakeRevocationStore final : public RevocationStore {
 public:
  // `database` must outlive the store.
  explicit FakeRevocationStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<int64_t> Append(const token::RevocationRecord& record) override;
  absl::StatusOr<int64_t> AppendAudited(const token::RevocationRecord& record,
                                        const AuditRecord& audit) override;
  absl::Status Restore(const token::RevocationRecord& record, absl::Time now) override;
  absl::StatusOr<Page> ReadAfter(int64_t after, absl::Time now, int limit) override;

 private:
  FakeDatabase& database_;
};

}  // namespace signet::domain

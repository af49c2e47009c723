#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/user_store.h"

namespace signet::domain {

// People in memory; behaves as the port says. Thread-safe.
class FakeUserStore final : public UserStore {
 public:
  // `database` must outlive the store.
  explicit FakeUserStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<std::optional<User>> Read(base::UserId id) override;
  absl::StatusOr<std::vector<User>> List(const UserFilter& filter,
                                         const std::optional<UserPosition>& after,
                                         int limit) override;
  absl::StatusOr<UserUpdate> Update(base::UserId id, const UserChange& change, absl::Time now,
                                    const AuditRecord& audit) override;
  absl::StatusOr<AccountClosing> Close(base::UserId id, const Closing& closing,
                                       const AuditRecord& audit) override;
  absl::StatusOr<AccountOpening> Enable(base::UserId id, absl::Time now,
                                        const AuditRecord& audit) override;
  absl::StatusOr<std::vector<ImportResult>> Import(const std::vector<ImportedUser>& users,
                                                   absl::Time now,
                                                   const AuditRecord& audit) override;
  absl::StatusOr<std::vector<KeptRecord>> Export(base::UserId id, int64_t skip, int limit) override;
  absl::StatusOr<AccountClosing> Erase(base::UserId id, const Closing& closing,
                                       const AuditRecord& audit) override;

 private:
  struct Rows;  // what only the database's friend sees

  FakeDatabase& database_;
};

}  // namespace signet::domain

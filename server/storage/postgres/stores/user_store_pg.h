#pragma once

#include "server/domain/ports/user_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// People in PostgreSQL, as they are administered; every method is one statement and one round trip.
// Thread-safe.
class UserStorePg final : public domain::UserStore {
 public:
  // `pool` must outlive the store.
  explicit UserStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<std::optional<domain::User>> Read(base::UserId id) override;
  absl::StatusOr<std::vector<domain::User>> List(const domain::UserFilter& filter,
                                                 const std::optional<domain::UserPosition>& after,
                                                 int limit) override;
  absl::StatusOr<domain::UserUpdate> Update(base::UserId id, const domain::UserChange& change,
                                            absl::Time now,
                                            const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::AccountClosing> Close(base::UserId id, const Closing& closing,
                                               const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::AccountOpening> Enable(base::UserId id, absl::Time now,
                                                const domain::AuditRecord& audit) override;
  absl::StatusOr<std::vector<domain::ImportResult>> Import(
      const std::vector<domain::ImportedUser>& users, absl::Time now,
      const domain::AuditRecord& audit) override;
  absl::StatusOr<std::vector<domain::KeptRecord>> Export(base::UserId id, int64_t skip,
                                                         int limit) override;
  absl::StatusOr<domain::AccountClosing> Erase(base::UserId id, const Closing& closing,
                                               const domain::AuditRecord& audit) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

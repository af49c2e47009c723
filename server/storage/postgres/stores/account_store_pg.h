#pragma once

#include "server/domain/ports/account_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// People in PostgreSQL; every method is one statement and one round trip. Thread-safe.
class AccountStorePg final : public domain::AccountStore {
 public:
  // `pool` must outlive the store.
  explicit AccountStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<bool> Insert(const domain::NewAccount& account, const domain::AuditRecord& made,
                              const domain::AuditRecord& taken) override;
  absl::StatusOr<bool> InsertFirstAdministrator(const domain::NewAccount& account,
                                                const domain::AuditRecord& audit) override;
  absl::StatusOr<std::optional<domain::LoginRecord>> FindByEmail(
      absl::string_view canonical) override;
  absl::StatusOr<std::optional<domain::LoginRecord>> FindById(base::UserId id) override;
  absl::StatusOr<bool> Rehash(base::UserId id, int64_t expected_version,
                              absl::string_view new_hash) override;
  absl::StatusOr<bool> ChangePassword(base::UserId id, int64_t expected_version,
                                      absl::string_view new_hash,
                                      std::optional<base::SessionId> keep, absl::Time now,
                                      absl::Time revocation_expires_at, const domain::MailRow& told,
                                      const domain::AuditRecord& audit) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

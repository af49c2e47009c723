#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/account_store.h"

namespace signet::domain {

// Accounts in memory; behaves as the port says. Thread-safe.
class FakeAccountStore final : public AccountStore {
 public:
  // `database` must outlive the store.
  explicit FakeAccountStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<bool> Insert(const NewAccount& account, const AuditRecord& made,
                              const AuditRecord& taken) override;
  absl::StatusOr<bool> InsertFirstAdministrator(const NewAccount& account,
                                                const AuditRecord& audit) override;
  absl::StatusOr<std::optional<LoginRecord>> FindByEmail(absl::string_view canonical) override;
  absl::StatusOr<std::optional<LoginRecord>> FindById(base::UserId id) override;
  absl::StatusOr<bool> Rehash(base::UserId id, int64_t expected_version,
                              absl::string_view new_hash) override;
  absl::StatusOr<bool> ChangePassword(base::UserId id, int64_t expected_version,
                                      absl::string_view new_hash,
                                      std::optional<base::SessionId> keep, absl::Time now,
                                      absl::Time revocation_expires_at, const MailRow& told,
                                      const AuditRecord& audit) override;

 private:
  FakeDatabase& database_;
};

}  // namespace signet::domain

#pragma once

#include "server/domain/ports/email_token_store.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// E-mailed tokens in PostgreSQL; every method is one statement and one round trip. Thread-safe.
class EmailTokenStorePg final : public domain::EmailTokenStore {
 public:
  // `pool` must outlive the store.
  explicit EmailTokenStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<bool> Issue(const domain::NewEmailToken& token,
                             const domain::AuditRecord& audit) override;
  absl::StatusOr<bool> VerifyEmail(const domain::PresentedEmailToken& token, absl::Time now,
                                   const domain::AuditRecord& audit) override;
  absl::StatusOr<std::optional<std::string>> FindOwner(const domain::PresentedEmailToken& token,
                                                       absl::Time now) override;
  absl::StatusOr<bool> ResetPassword(const domain::PresentedEmailToken& token,
                                     absl::string_view new_hash, absl::Time now,
                                     absl::Time not_before, absl::Time revocation_expires_at,
                                     const domain::MailRow& told,
                                     const domain::AuditRecord& audit) override;
  absl::StatusOr<bool> RequestEmailChange(const domain::NewEmailChange& change,
                                          const domain::AuditRecord& audit) override;
  absl::StatusOr<std::optional<domain::PendingEmailChange>> FindEmailChange(
      const domain::PresentedEmailToken& token, absl::Time now) override;
  absl::StatusOr<domain::EmailChangeStep> ConfirmEmailChange(
      const domain::PresentedEmailToken& token, absl::Time now, absl::Time revocation_expires_at,
      const domain::MailRow& told, const domain::AuditRecord& audit) override;
  absl::StatusOr<int64_t> RemoveExpired(absl::Time before) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

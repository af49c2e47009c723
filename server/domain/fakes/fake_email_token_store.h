#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/email_token_store.h"

namespace signet::domain {

// E-mailed tokens in memory; behaves as the port says. Thread-safe.
class FakeEmailTokenStore final : public EmailTokenStore {
 public:
  // `database` must outlive the store.
  explicit FakeEmailTokenStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<bool> Issue(const NewEmailToken& token, const AuditRecord& audit) override;
  absl::StatusOr<bool> VerifyEmail(const PresentedEmailToken& token, absl::Time now,
                                   const AuditRecord& audit) override;
  absl::StatusOr<std::optional<std::string>> FindOwner(const PresentedEmailToken& token,
                                                       absl::Time now) override;
  absl::StatusOr<bool> ResetPassword(const PresentedEmailToken& token, absl::string_view new_hash,
                                     absl::Time now, absl::Time not_before,
                                     absl::Time revocation_expires_at, const MailRow& told,
                                     const AuditRecord& audit) override;
  absl::StatusOr<bool> RequestEmailChange(const NewEmailChange& change,
                                          const AuditRecord& audit) override;
  absl::StatusOr<std::optional<PendingEmailChange>> FindEmailChange(
      const PresentedEmailToken& token, absl::Time now) override;
  absl::StatusOr<EmailChangeStep> ConfirmEmailChange(const PresentedEmailToken& token,
                                                     absl::Time now,
                                                     absl::Time revocation_expires_at,
                                                     const MailRow& told,
                                                     const AuditRecord& audit) override;
  absl::StatusOr<int64_t> RemoveExpired(absl::Time before) override;

 private:
  struct Reader;
  FakeDatabase& database_;
};

}  // namespace signet::domain

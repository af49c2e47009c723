#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/second_factor_store.h"
#include "server/domain/ports/totp_sealer.h"

namespace signet::domain {

// Second factors in memory; behaves as the port says. Thread-safe.
class FakeSecondFactorStore final : public SecondFactorStore {
 public:
  // `database` must outlive the store.
  explicit FakeSecondFactorStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<std::optional<FactorRecord>> Read(base::UserId user) override;
  absl::StatusOr<bool> Enroll(base::UserId user, absl::string_view totp_sealed, absl::Time now,
                              const AuditRecord& audit) override;
  absl::StatusOr<bool> Confirm(const FactorConfirmation& confirmation,
                               const AuditRecord& audit) override;
  absl::StatusOr<FactorAttempt> Admit(base::UserId user, absl::string_view recovery_hash,
                                      const AttemptPolicy& policy, absl::Time now) override;
  absl::StatusOr<bool> Disable(base::UserId user, absl::Time now, const MailRow& mail,
                               const AuditRecord& audit) override;
  absl::StatusOr<bool> ReplaceRecoveryCodes(base::UserId user,
                                            const std::vector<std::string>& hashes,
                                            const MailRow& mail, const AuditRecord& audit) override;

 private:
  FakeDatabase& database_;
};

// Seals nothing; binds to the person all the same. For tests of use cases.
class FakeTotpSealer final : public TotpSealer {
 public:
  absl::StatusOr<std::string> Seal(base::UserId user, const base::Secret& secret) const override;
  absl::StatusOr<base::Secret> Open(base::UserId user, absl::string_view sealed) const override;
};

}  // namespace signet::domain

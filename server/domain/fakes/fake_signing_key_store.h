#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/signing_key_store.h"

namespace signet::domain {

// Signing keys and server secrets in memory; behaves as the port says. Thread-safe.
class FakeSigningKeyStore final : public SigningKeyStore {
 public:
  // `database` must outlive the store.
  explicit FakeSigningKeyStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<SigningKeyTable> Load() override;
  absl::StatusOr<std::vector<SigningKeyRecord>> ListAll() override;
  absl::StatusOr<bool> InsertPrepared(const SigningKeyRecord& key, const AuditRecord& audit,
                                      KeyTableFence fence) override;
  absl::StatusOr<bool> Move(absl::string_view kid, const std::vector<KeyState>& from, KeyState to,
                            absl::Time now, absl::Time revocation_expires_at,
                            const AuditRecord* audit, KeyTableFence fence) override;
  absl::StatusOr<bool> Erase(absl::string_view kid, const AuditRecord& audit) override;
  absl::StatusOr<SealedSecret> GetOrInsertSecret(absl::string_view name,
                                                 const SealedSecret& candidate) override;

 private:
  FakeDatabase& database_;
};

}  // namespace signet::domain

#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/service_account_store.h"

namespace signet::domain {

// Service accounts and API keys in memory; behaves as the port says. Thread-safe.
class FakeServiceAccountStore final : public ServiceAccountStore {
 public:
  // `database` must outlive the store.
  explicit FakeServiceAccountStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<AccessDecision> CreateAccount(const Authority& by, const ServiceAccount& account,
                                               const AuditRecord& audit) override;
  absl::StatusOr<std::optional<ServiceAccount>> FindAccount(ServiceAccountId id) override;
  absl::StatusOr<std::vector<ServiceAccount>> ListAccounts(std::optional<ServiceAccountId> after,
                                                           int limit) override;
  absl::StatusOr<AccessDecision> SetStatus(const Authority& by, ServiceAccountId id,
                                           ServiceAccountStatus status, absl::Time now,
                                           absl::Time revocation_expires_at,
                                           const AuditRecord& audit) override;
  absl::StatusOr<AccessDecision> CreateKey(const Authority& by, const ApiKeyRecord& key,
                                           absl::string_view secret_hash,
                                           const AuditRecord& audit) override;
  absl::StatusOr<std::optional<ApiKeyRecord>> FindKey(ApiKeyId id) override;
  absl::StatusOr<std::vector<ApiKeyRecord>> ListKeys(ServiceAccountId account,
                                                     std::optional<ApiKeyId> after,
                                                     int limit) override;
  absl::StatusOr<AccessDecision> RotateKey(const Authority& by, ApiKeyId old,
                                           const ApiKeyRecord& successor,
                                           absl::string_view secret_hash, absl::Time overlap_until,
                                           absl::Time now, const AuditRecord& audit) override;
  absl::StatusOr<AccessDecision> RevokeKey(const Authority& by, ApiKeyId id, absl::Time now,
                                           absl::Time revocation_expires_at,
                                           const AuditRecord& audit) override;
  absl::StatusOr<std::optional<ApiKeyView>> ReadKey(ApiKeyId id) override;

 private:
  bool Heeds(const Authority& by) ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_.mutex_);

  FakeDatabase& database_;
};

}  // namespace signet::domain

#pragma once

#include "server/domain/ports/service_account_store.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {

// Service accounts and API keys in PostgreSQL; every method is one statement and one round trip.
// Thread-safe.
class ServiceAccountStorePg final : public domain::ServiceAccountStore {
 public:
  // `pool` must outlive the store.
  explicit ServiceAccountStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<domain::AccessDecision> CreateAccount(const domain::Authority& by,
                                                       const domain::ServiceAccount& account,
                                                       const domain::AuditRecord& audit) override;
  absl::StatusOr<std::optional<domain::ServiceAccount>> FindAccount(
      domain::ServiceAccountId id) override;
  absl::StatusOr<std::vector<domain::ServiceAccount>> ListAccounts(
      std::optional<domain::ServiceAccountId> after, int limit) override;
  absl::StatusOr<domain::AccessDecision> SetStatus(const domain::Authority& by,
                                                   domain::ServiceAccountId id,
                                                   domain::ServiceAccountStatus status,
                                                   absl::Time now, absl::Time revocation_expires_at,
                                                   const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::AccessDecision> CreateKey(const domain::Authority& by,
                                                   const domain::ApiKeyRecord& key,
                                                   absl::string_view secret_hash,
                                                   const domain::AuditRecord& audit) override;
  absl::StatusOr<std::optional<domain::ApiKeyRecord>> FindKey(domain::ApiKeyId id) override;
  absl::StatusOr<std::vector<domain::ApiKeyRecord>> ListKeys(domain::ServiceAccountId account,
                                                             std::optional<domain::ApiKeyId> after,
                                                             int limit) override;
  absl::StatusOr<domain::AccessDecision> RotateKey(const domain::Authority& by,
                                                   domain::ApiKeyId old,
                                                   const domain::ApiKeyRecord& successor,
                                                   absl::string_view secret_hash,
                                                   absl::Time overlap_until, absl::Time now,
                                                   const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::AccessDecision> RevokeKey(const domain::Authority& by, domain::ApiKeyId id,
                                                   absl::Time now, absl::Time revocation_expires_at,
                                                   const domain::AuditRecord& audit) override;
  absl::StatusOr<std::optional<domain::ApiKeyView>> ReadKey(domain::ApiKeyId id) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage

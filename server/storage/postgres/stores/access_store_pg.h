#pragma once

#include "server/domain/ports/access_store.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {

// Roles and grants in PostgreSQL; every method is one statement and one round trip. Thread-safe.
class AccessStorePg final : public domain::AccessStore {
 public:
  // `pool` must outlive the store.
  explicit AccessStorePg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<domain::AccessDecision> CreateRole(const domain::Authority& by,
                                                    const domain::Role& role, absl::Time now,
                                                    const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::AccessDecision> UpdateRole(const domain::Authority& by,
                                                    const domain::RoleChange& change,
                                                    absl::Time now,
                                                    absl::Time revocation_expires_at,
                                                    const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::AccessDecision> DeleteRole(const domain::Authority& by,
                                                    absl::string_view name, absl::Time now,
                                                    const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::AccessDecision> Grant(const domain::Authority& by,
                                               const domain::NewGrant& grant,
                                               const std::vector<std::string>& compiled,
                                               absl::Time now, absl::Time revocation_expires_at,
                                               const domain::AuditRecord& audit) override;
  absl::StatusOr<domain::AccessDecision> Revoke(const domain::Authority& by,
                                                domain::SubjectId subject, absl::string_view role,
                                                const std::vector<std::string>& compiled,
                                                absl::Time now, absl::Time revocation_expires_at,
                                                const domain::AuditRecord& audit) override;
  absl::StatusOr<std::optional<domain::Role>> FindRole(absl::string_view name) override;
  absl::StatusOr<std::vector<domain::Role>> ListRoles(absl::string_view after, int limit) override;
  absl::StatusOr<std::vector<domain::RoleGrant>> GrantsOf(domain::SubjectId subject) override;
  absl::StatusOr<std::vector<domain::RoleGrant>> HoldersOf(absl::string_view role,
                                                           std::optional<domain::SubjectId> after,
                                                           int limit) override;
  absl::StatusOr<std::optional<domain::SubjectAccess>> ReadAccess(
      domain::SubjectId subject) override;

 private:
  absl::StatusOr<domain::AccessDecision> Decide(const ServiceStatement& statement,
                                                const Params& params);

  ConnectionPool& pool_;
};

}  // namespace signet::storage

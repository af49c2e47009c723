#pragma once

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/access_store.h"

namespace signet::domain {

// Roles and grants in memory; behaves as the port says. Thread-safe.
class FakeAccessStore final : public AccessStore {
 public:
  // `database` must outlive the store.
  explicit FakeAccessStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<AccessDecision> CreateRole(const Authority& by, const Role& role, absl::Time now,
                                            const AuditRecord& audit) override;
  absl::StatusOr<AccessDecision> UpdateRole(const Authority& by, const RoleChange& change,
                                            absl::Time now, absl::Time revocation_expires_at,
                                            const AuditRecord& audit) override;
  absl::StatusOr<AccessDecision> DeleteRole(const Authority& by, absl::string_view name,
                                            absl::Time now, const AuditRecord& audit) override;
  absl::StatusOr<AccessDecision> Grant(const Authority& by, const NewGrant& grant,
                                       const std::vector<std::string>& compiled, absl::Time now,
                                       absl::Time revocation_expires_at,
                                       const AuditRecord& audit) override;
  absl::StatusOr<AccessDecision> Revoke(const Authority& by, SubjectId subject,
                                        absl::string_view role,
                                        const std::vector<std::string>& compiled, absl::Time now,
                                        absl::Time revocation_expires_at,
                                        const AuditRecord& audit) override;
  absl::StatusOr<std::optional<Role>> FindRole(absl::string_view name) override;
  absl::StatusOr<std::vector<Role>> ListRoles(absl::string_view after, int limit) override;
  absl::StatusOr<std::vector<RoleGrant>> GrantsOf(SubjectId subject) override;
  absl::StatusOr<std::vector<RoleGrant>> HoldersOf(absl::string_view role,
                                                   std::optional<SubjectId> after,
                                                   int limit) override;
  absl::StatusOr<std::optional<SubjectAccess>> ReadAccess(SubjectId subject) override;

 private:
  struct Reader;

  FakeDatabase& database_;
};

}  // namespace signet::domain

#include "server/storage/postgres/stores/access_store_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/stores/session_rows.h"

namespace signet::storage {
namespace {

// What may change and who may change it is judged within (migrations/0012_access.up.sql).
#define SIGNET_DECIDED(call, audit)                                                   \
  "WITH done AS MATERIALIZED (SELECT outcome, detail FROM " call ")," SIGNET_AUDITED( \
      audit "::signet.audit_row",                                                     \
      "(SELECT FROM done WHERE outcome = 1) AS once") " SELECT outcome, detail FROM done"

constexpr ServiceStatement kCreateRole{
    "create_role", SIGNET_DECIDED("signet.create_role($1, $2, $3, $4, $5, $6, $7)", "$8")};
constexpr ServiceStatement kUpdateRole{
    "update_role", SIGNET_DECIDED("signet.update_role($1, $2, $3, $4, $5, $6, $7, $8, $9)", "$10")};
constexpr ServiceStatement kDeleteRole{
    "delete_role", SIGNET_DECIDED("signet.delete_role($1, $2, $3, $4, $5)", "$6")};
constexpr ServiceStatement kGrantRole{
    "grant_role",
    SIGNET_DECIDED("signet.grant_role($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", "$11")};
constexpr ServiceStatement kRevokeRole{
    "revoke_role", SIGNET_DECIDED("signet.revoke_role($1, $2, $3, $4, $5, $6, $7, $8)", "$9")};

#define SIGNET_ROLE_COLUMNS \
  " name, description, permissions, built_in, version, created_at, updated_at "

constexpr ServiceStatement kFindRole{"find_role",
                                     "SELECT" SIGNET_ROLE_COLUMNS
                                     "FROM signet.roles WHERE name = $1 AND deleted_at IS NULL"};

constexpr ServiceStatement kListRoles{"list_roles",
                                      "SELECT" SIGNET_ROLE_COLUMNS
                                      "FROM signet.roles WHERE name > $1 AND deleted_at IS NULL"
                                      " ORDER BY name LIMIT $2"};

constexpr ServiceStatement kGrantsOf{"grants_of_subject", R"sql(
  SELECT h.id, h.kind, x.role, g.granted_by, g.granted_at, g.expires_at
    FROM (SELECT id, 1 AS kind, roles FROM signet.users WHERE id = $1
          UNION ALL
          SELECT id, 2, roles FROM signet.service_accounts WHERE id = $1 AND status <> 3) AS h
    CROSS JOIN LATERAL unnest(h.roles) AS x (role)
    LEFT JOIN signet.role_grants AS g ON g.user_id = h.id AND g.role = x.role
   ORDER BY x.role)sql"};

// The page is cut before the facts are looked up.
constexpr ServiceStatement kHoldersOf{"holders_of_role", R"sql(
  SELECT h.id, h.kind, $1, g.granted_by, g.granted_at, g.expires_at
    FROM (SELECT id, 1 AS kind FROM signet.users
           WHERE roles <> '{}' AND roles @> ARRAY[$1::text] AND ($2::uuid IS NULL OR id > $2)
          UNION ALL
          SELECT id, 2 FROM signet.service_accounts
           WHERE roles <> '{}' AND roles @> ARRAY[$1::text] AND ($2::uuid IS NULL OR id > $2)
             AND status <> 3
           ORDER BY id LIMIT $3) AS h
    LEFT JOIN signet.role_grants AS g ON g.user_id = h.id AND g.role = $1
   ORDER BY h.id)sql"};

constexpr ServiceStatement kReadAccess{
    "read_access", "SELECT 1, u.status, u.roles," SIGNET_ROLE_FACTS("u")
                   "  FROM signet.users AS u WHERE u.id = $1"
                   " UNION ALL SELECT 2, a.status, a.roles," SIGNET_ROLE_FACTS("a")
                   "  FROM signet.service_accounts AS a WHERE a.id = $1 AND a.status <> 3"};

Params AuthorityToGrantParams(const domain::Authority& by) {
  Params params;
  params.Add(by.user_id).Add(by.issued_at).AddArray(by.permissions);
  return params;
}

domain::Role ReadRole(const Rows& rows, int row) {
  domain::Role role;
  role.name = rows.String(row, 0);
  role.description = rows.String(row, 1);
  role.permissions = rows.TextArray(row, 2);
  role.built_in = rows.Bool(row, 3);
  role.version = rows.Int64(row, 4);
  role.created_at = rows.Time(row, 5);
  role.updated_at = rows.Time(row, 6);
  return role;
}

std::vector<domain::RoleGrant> ReadGrants(const Rows& rows) {
  std::vector<domain::RoleGrant> grants;
  for (int i = 0; i < rows.size(); ++i) {
    domain::RoleGrant& grant = grants.emplace_back();
    grant.subject = rows.As<domain::SubjectId>(i, 0);
    grant.kind = static_cast<domain::SubjectKind>(rows.Int32(i, 1));
    grant.role = rows.String(i, 2);
    if (!rows.IsNull(i, 3)) grant.granted_by = rows.As<base::UserId>(i, 3);
    grant.granted_at = rows.OptionalTime(i, 4);
    grant.expires_at = rows.OptionalTime(i, 5);
  }
  return grants;
}

}  // namespace

absl::StatusOr<domain::AccessDecision> AccessStorePg::Decide(const ServiceStatement& statement,
                                                             const Params& params) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(statement, params));
  domain::AccessDecision decision;
  decision.outcome = static_cast<domain::AccessOutcome>(rows.Int32(0, 0));
  if (!rows.IsNull(0, 1)) decision.missing_permission = rows.String(0, 1);
  return decision;
}

absl::StatusOr<domain::AccessDecision> AccessStorePg::CreateRole(const domain::Authority& by,
                                                                 const domain::Role& role,
                                                                 absl::Time now,
                                                                 const domain::AuditRecord& audit) {
  Params params = AuthorityToGrantParams(by);
  params.Add(role.name)
      .Add(role.description)
      .AddArray(role.permissions)
      .Add(now)
      .Add(AuditRowText(audit));
  return Decide(kCreateRole, params);
}

absl::StatusOr<domain::AccessDecision> AccessStorePg::UpdateRole(const domain::Authority& by,
                                                                 const domain::RoleChange& change,
                                                                 absl::Time now,
                                                                 absl::Time revocation_expires_at,
                                                                 const domain::AuditRecord& audit) {
  Params params = AuthorityToGrantParams(by);
  params.Add(change.name).Add(change.description);
  if (change.permissions) {
    params.AddArray(*change.permissions);
  } else {
    params.AddNull();
  }
  params.Add(change.expected_version).Add(now).Add(revocation_expires_at).Add(AuditRowText(audit));
  return Decide(kUpdateRole, params);
}

absl::StatusOr<domain::AccessDecision> AccessStorePg::DeleteRole(const domain::Authority& by,
                                                                 absl::string_view name,
                                                                 absl::Time now,
                                                                 const domain::AuditRecord& audit) {
  Params params = AuthorityToGrantParams(by);
  params.Add(name).Add(now).Add(AuditRowText(audit));
  return Decide(kDeleteRole, params);
}

absl::StatusOr<domain::AccessDecision> AccessStorePg::Grant(
    const domain::Authority& by, const domain::NewGrant& grant,
    const std::vector<std::string>& compiled, absl::Time now, absl::Time revocation_expires_at,
    const domain::AuditRecord& audit) {
  Params params = AuthorityToGrantParams(by);
  params.Add(grant.subject)
      .Add(grant.role)
      .AddArray(compiled)
      .Add(grant.expires_at)
      .Add(domain::kMostRoles)
      .Add(now)
      .Add(revocation_expires_at)
      .Add(AuditRowText(audit));
  return Decide(kGrantRole, params);
}

absl::StatusOr<domain::AccessDecision> AccessStorePg::Revoke(
    const domain::Authority& by, domain::SubjectId subject, absl::string_view role,
    const std::vector<std::string>& compiled, absl::Time now, absl::Time revocation_expires_at,
    const domain::AuditRecord& audit) {
  Params params = AuthorityToGrantParams(by);
  params.Add(subject)
      .Add(role)
      .AddArray(compiled)
      .Add(now)
      .Add(revocation_expires_at)
      .Add(AuditRowText(audit));
  return Decide(kRevokeRole, params);
}

absl::StatusOr<std::optional<domain::Role>> AccessStorePg::FindRole(absl::string_view name) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kFindRole, Params().Add(name)));
  if (rows.empty()) return std::optional<domain::Role>();
  return std::optional<domain::Role>(ReadRole(rows, 0));
}

absl::StatusOr<std::vector<domain::Role>> AccessStorePg::ListRoles(absl::string_view after,
                                                                   int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kListRoles, Params().Add(after).Add(limit)));
  std::vector<domain::Role> roles;
  for (int i = 0; i < rows.size(); ++i) roles.push_back(ReadRole(rows, i));
  return roles;
}

absl::StatusOr<std::vector<domain::RoleGrant>> AccessStorePg::GrantsOf(domain::SubjectId subject) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kGrantsOf, Params().Add(subject)));
  return ReadGrants(rows);
}

absl::StatusOr<std::vector<domain::RoleGrant>> AccessStorePg::HoldersOf(
    absl::string_view role, std::optional<domain::SubjectId> after, int limit) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kHoldersOf, Params().Add(role).Add(after).Add(limit)));
  return ReadGrants(rows);
}

absl::StatusOr<std::optional<domain::SubjectAccess>> AccessStorePg::ReadAccess(
    domain::SubjectId subject) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kReadAccess, Params().Add(subject)));
  if (rows.empty()) return std::optional<domain::SubjectAccess>();
  domain::SubjectAccess access;
  access.kind = static_cast<domain::SubjectKind>(rows.Int32(0, 0));
  access.active = rows.Int32(0, 1) == 1;
  access.held = ReadRoles(rows, 0, 2, 3);
  return std::optional<domain::SubjectAccess>(std::move(access));
}

}  // namespace signet::storage

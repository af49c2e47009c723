#include "server/domain/fakes/fake_access_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/permissions.h"

namespace signet::domain {
namespace {

bool Contains(const std::vector<std::string>& values, absl::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

absl::Status LastAdministrator() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "LAST_ADMINISTRATOR",
                         "the last administrator stays");
}

// The first that may not be handed on; empty: all may.
std::string Missing(std::vector<std::string> wanted, const std::vector<std::string>& held) {
  std::sort(wanted.begin(), wanted.end());
  for (const std::string& permission : wanted) {
    const bool granted_freely =
        absl::StartsWith(permission, "app:") && Contains(held, kPermissionAccessGrantApp);
    if (!Contains(held, permission) && !granted_freely) return permission;
  }
  return "";
}

}  // namespace

// Reaches into the database for its friend. Made under its lock.
struct FakeAccessStore::Reader {
  FakeDatabase& database;

  // What is wrong with the caller, before anything is changed; kDone: nothing.
  AccessDecision Judge(const Authority& by,
                       const std::vector<std::string>& wanted) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const FakeDatabase::Account* caller = database.FindAccount(by.user_id);
    if (caller == nullptr || caller->status != AccountStatus::kActive ||
        caller->not_before > by.issued_at) {
      return AccessDecision{AccessOutcome::kAuthorityOutdated};
    }
    const std::string missing = Missing(wanted, by.permissions);
    if (missing.empty()) return AccessDecision{AccessOutcome::kDone};
    return {AccessOutcome::kPermissionMissing, missing};
  }

  // Whoever can hold a role; `roles` is null for nobody.
  struct Holder {
    std::vector<std::string>* roles = nullptr;
    absl::Time* not_before = nullptr;
    SubjectKind kind = SubjectKind::kPerson;
    bool active = false;
  };
  Holder Find(SubjectId subject) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    FakeDatabase::Account* person = database.FindAccount(base::UserId(subject.uuid()));
    if (person != nullptr && person->status >= AccountStatus::kDeleted) return {};
    if (person != nullptr) {
      return {&person->account.roles, &person->not_before, SubjectKind::kPerson,
              person->status == AccountStatus::kActive};
    }
    if (FakeDatabase::Machine* machine = database.FindMachine(subject)) {
      return {&machine->roles, &machine->not_before, SubjectKind::kServiceAccount,
              machine->account.status == ServiceAccountStatus::kActive};
    }
    return {};
  }
  // Every subject that holds the role.
  std::vector<SubjectId> Holders(absl::string_view role) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    std::vector<SubjectId> holders;
    for (const auto& [email, account] : database.accounts_) {
      if (Contains(account.account.roles, role)) {
        holders.emplace_back(account.account.user_id.uuid());
      }
    }
    for (const auto& [id, machine] : database.machines_) {
      if (machine.account.status != ServiceAccountStatus::kDeleted &&
          Contains(machine.roles, role)) {
        holders.emplace_back(id.uuid());
      }
    }
    std::sort(holders.begin(), holders.end());
    return holders;
  }

  RoleGrant GrantOf(SubjectId subject, const std::string& role) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const auto found = database.grants_.find({subject, role});
    RoleGrant grant;
    if (found != database.grants_.end()) grant = found->second;
    grant.subject = subject;
    grant.kind = Find(subject).kind;
    grant.role = role;
    return grant;
  }
};

absl::StatusOr<AccessDecision> FakeAccessStore::CreateRole(const Authority& by, const Role& role,
                                                           absl::Time now,
                                                           const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const AccessDecision judged = Reader{database_}.Judge(by, role.permissions);
  if (judged.outcome != AccessOutcome::kDone) return judged;
  Role made = role;
  made.built_in = false;
  made.version = 1;
  made.created_at = made.updated_at = now;
  const bool inserted = database_.roles_.emplace(role.name, std::move(made)).second;
  if (inserted) database_.audit_.push_back(audit);
  return AccessDecision{inserted ? AccessOutcome::kDone : AccessOutcome::kRoleExists};
}

absl::StatusOr<AccessDecision> FakeAccessStore::UpdateRole(const Authority& by,
                                                           const RoleChange& change, absl::Time now,
                                                           absl::Time revocation_expires_at,
                                                           const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto found = database_.roles_.find(change.name);
  if (found == database_.roles_.end()) return AccessDecision{AccessOutcome::kRoleUnknown};
  Role& role = found->second;
  if (role.built_in) return AccessDecision{AccessOutcome::kBuiltIn};
  if (change.expected_version != 0 && change.expected_version != role.version) {
    return AccessDecision{AccessOutcome::kVersionMismatch};
  }
  const std::vector<std::string> next = change.permissions.value_or(role.permissions);
  std::vector<std::string> touched = role.permissions;
  touched.insert(touched.end(), next.begin(), next.end());
  const AccessDecision judged = Reader{database_}.Judge(by, touched);
  if (judged.outcome != AccessOutcome::kDone) return judged;

  const bool loses =
      std::any_of(role.permissions.begin(), role.permissions.end(),
                  [&](const std::string& permission) { return !Contains(next, permission); });
  role.permissions = next;
  role.description = change.description.value_or(role.description);
  role.updated_at = now;
  ++role.version;
  database_.audit_.push_back(audit);
  if (!loses) return AccessDecision{AccessOutcome::kDone};
  Reader reader{database_};
  for (const SubjectId holder : reader.Holders(change.name)) {
    database_.CutTokens(holder, *reader.Find(holder).not_before, now, revocation_expires_at);
  }
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<AccessDecision> FakeAccessStore::DeleteRole(const Authority& by,
                                                           absl::string_view name, absl::Time,
                                                           const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto found = database_.roles_.find(std::string(name));
  if (found == database_.roles_.end()) return AccessDecision{AccessOutcome::kRoleUnknown};
  if (found->second.built_in) return AccessDecision{AccessOutcome::kBuiltIn};
  const AccessDecision judged = Reader{database_}.Judge(by, found->second.permissions);
  if (judged.outcome != AccessOutcome::kDone) return judged;
  if (!Reader{database_}.Holders(name).empty()) return AccessDecision{AccessOutcome::kRoleInUse};
  database_.roles_.erase(found);
  database_.audit_.push_back(audit);
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<AccessDecision> FakeAccessStore::Grant(const Authority& by, const NewGrant& grant,
                                                      const std::vector<std::string>& compiled,
                                                      absl::Time now,
                                                      absl::Time revocation_expires_at,
                                                      const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  const auto role = database_.roles_.find(grant.role);
  if (role == database_.roles_.end()) return AccessDecision{AccessOutcome::kRoleUnknown};
  std::vector<std::string> wanted = role->second.permissions;
  wanted.insert(wanted.end(), compiled.begin(), compiled.end());
  const AccessDecision judged = reader.Judge(by, wanted);
  if (judged.outcome != AccessOutcome::kDone) return judged;
  const Reader::Holder holder = reader.Find(grant.subject);
  if (holder.roles == nullptr) return AccessDecision{AccessOutcome::kSubjectUnknown};
  std::vector<std::string>& roles = *holder.roles;
  const bool had = Contains(roles, grant.role);
  if (!had && roles.size() >= kMostRoles) return AccessDecision{AccessOutcome::kTooManyRoles};
  if (had && grant.role == kRoleAdmin && grant.expires_at &&
      database_.IsLastAdministrator(base::UserId(grant.subject.uuid()))) {
    return LastAdministrator();
  }
  const absl::Time before =
      reader.GrantOf(grant.subject, grant.role).expires_at.value_or(absl::InfiniteFuture());
  database_.grants_[{grant.subject, grant.role}] =
      RoleGrant{grant.subject, holder.kind, grant.role, by.user_id, now, grant.expires_at};
  if (!had) roles.push_back(grant.role);
  database_.audit_.push_back(audit);
  if (had && grant.expires_at && *grant.expires_at < before) {
    database_.CutTokens(grant.subject, *holder.not_before, now, revocation_expires_at);
  }
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<AccessDecision> FakeAccessStore::Revoke(const Authority& by, SubjectId subject,
                                                       absl::string_view role,
                                                       const std::vector<std::string>& compiled,
                                                       absl::Time now,
                                                       absl::Time revocation_expires_at,
                                                       const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  std::vector<std::string> wanted = compiled;
  if (const auto made = database_.roles_.find(std::string(role)); made != database_.roles_.end()) {
    wanted.insert(wanted.end(), made->second.permissions.begin(), made->second.permissions.end());
  }
  const AccessDecision judged = reader.Judge(by, wanted);
  if (judged.outcome != AccessOutcome::kDone) return judged;
  const Reader::Holder holder = reader.Find(subject);
  if (holder.roles == nullptr) return AccessDecision{AccessOutcome::kSubjectUnknown};
  if (!Contains(*holder.roles, role)) return AccessDecision{AccessOutcome::kNotHeld};
  if (role == kRoleAdmin && database_.IsLastAdministrator(base::UserId(subject.uuid()))) {
    return LastAdministrator();
  }
  std::erase(*holder.roles, role);
  database_.audit_.push_back(audit);
  database_.CutTokens(subject, *holder.not_before, now, revocation_expires_at);
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<std::optional<Role>> FakeAccessStore::FindRole(absl::string_view name) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto found = database_.roles_.find(std::string(name));
  if (found == database_.roles_.end()) return std::optional<Role>();
  return std::optional<Role>(found->second);
}

absl::StatusOr<std::vector<Role>> FakeAccessStore::ListRoles(absl::string_view after, int limit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<Role> roles;
  for (const auto& [name, role] : database_.roles_) {
    if (name > after && roles.size() < static_cast<size_t>(limit)) roles.push_back(role);
  }
  return roles;
}

absl::StatusOr<std::vector<RoleGrant>> FakeAccessStore::GrantsOf(SubjectId subject) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  std::vector<RoleGrant> grants;
  const Reader::Holder holder = reader.Find(subject);
  if (holder.roles == nullptr) return grants;
  for (const std::string& role : *holder.roles) {
    grants.push_back(reader.GrantOf(subject, role));
  }
  std::sort(grants.begin(), grants.end(),
            [](const RoleGrant& a, const RoleGrant& b) { return a.role < b.role; });
  return grants;
}

absl::StatusOr<std::vector<RoleGrant>> FakeAccessStore::HoldersOf(absl::string_view role,
                                                                  std::optional<SubjectId> after,
                                                                  int limit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  Reader reader{database_};
  std::vector<RoleGrant> grants;
  for (const SubjectId subject : reader.Holders(role)) {
    if (grants.size() == static_cast<size_t>(limit)) break;
    if (!after || subject > *after) grants.push_back(reader.GrantOf(subject, std::string(role)));
  }
  return grants;
}

absl::StatusOr<std::optional<SubjectAccess>> FakeAccessStore::ReadAccess(SubjectId subject) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const Reader::Holder holder = Reader{database_}.Find(subject);
  if (holder.roles == nullptr) return std::optional<SubjectAccess>();
  return std::optional<SubjectAccess>(
      {holder.kind, holder.active, database_.HeldBy(subject, *holder.roles)});
}

}  // namespace signet::domain

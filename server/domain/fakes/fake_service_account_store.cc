#include "server/domain/fakes/fake_service_account_store.h"

#include <algorithm>

#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

bool Works(const ApiKeyRecord& key, absl::Time now) {
  return !key.revoked_at && (!key.expires_at || *key.expires_at > now);
}

}  // namespace

bool FakeServiceAccountStore::Heeds(const Authority& by) {
  const FakeDatabase::Account* caller = database_.FindAccount(by.user_id);
  return caller != nullptr && caller->status == AccountStatus::kActive &&
         caller->not_before <= by.issued_at;
}

absl::StatusOr<AccessDecision> FakeServiceAccountStore::CreateAccount(const Authority& by,
                                                                      const ServiceAccount& account,
                                                                      const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (!Heeds(by)) return AccessDecision{AccessOutcome::kAuthorityOutdated};
  for (const auto& [id, row] : database_.machines_) {
    if (row.account.name == account.name && row.account.status != ServiceAccountStatus::kDeleted) {
      return AccessDecision{AccessOutcome::kNameTaken};
    }
  }
  database_.machines_[account.id].account = account;
  database_.audit_.push_back(audit);
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<std::optional<ServiceAccount>> FakeServiceAccountStore::FindAccount(
    ServiceAccountId id) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const FakeDatabase::Machine* row = database_.FindMachine(SubjectId(id.uuid()));
  if (row == nullptr) return std::optional<ServiceAccount>();
  return std::optional<ServiceAccount>(row->account);
}

absl::StatusOr<std::vector<ServiceAccount>> FakeServiceAccountStore::ListAccounts(
    std::optional<ServiceAccountId> after, int limit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<ServiceAccount> accounts;
  for (const auto& [id, row] : database_.machines_) {
    if (accounts.size() == static_cast<size_t>(limit)) break;
    if ((after && id <= *after) || row.account.status == ServiceAccountStatus::kDeleted) continue;
    accounts.push_back(row.account);
  }
  return accounts;
}

absl::StatusOr<AccessDecision> FakeServiceAccountStore::SetStatus(
    const Authority& by, ServiceAccountId id, ServiceAccountStatus status, absl::Time now,
    absl::Time revocation_expires_at, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (!Heeds(by)) return AccessDecision{AccessOutcome::kAuthorityOutdated};
  FakeDatabase::Machine* row = database_.FindMachine(SubjectId(id.uuid()));
  if (row == nullptr) return AccessDecision{AccessOutcome::kAccountUnknown};
  row->account.status = status;
  database_.audit_.push_back(audit);
  row->account.updated_at = now;
  if (status != ServiceAccountStatus::kActive) {
    database_.CutTokens(SubjectId(id.uuid()), row->not_before, now, revocation_expires_at);
  }
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<AccessDecision> FakeServiceAccountStore::CreateKey(const Authority& by,
                                                                  const ApiKeyRecord& key,
                                                                  absl::string_view secret_hash,
                                                                  const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (!Heeds(by)) return AccessDecision{AccessOutcome::kAuthorityOutdated};
  if (database_.FindMachine(SubjectId(key.account.uuid())) == nullptr) {
    return AccessDecision{AccessOutcome::kAccountUnknown};
  }
  const auto working =
      std::count_if(database_.api_keys_.begin(), database_.api_keys_.end(), [&](const auto& entry) {
        const ApiKeyRecord& other = entry.second.record;
        return other.account == key.account && Works(other, key.created_at);
      });
  if (working >= kMostApiKeys) return AccessDecision{AccessOutcome::kTooManyKeys};
  database_.api_keys_[key.id] = {key, std::string(secret_hash)};
  database_.audit_.push_back(audit);
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<std::optional<ApiKeyRecord>> FakeServiceAccountStore::FindKey(ApiKeyId id) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto found = database_.api_keys_.find(id);
  if (found == database_.api_keys_.end()) return std::optional<ApiKeyRecord>();
  return std::optional<ApiKeyRecord>(found->second.record);
}

absl::StatusOr<std::vector<ApiKeyRecord>> FakeServiceAccountStore::ListKeys(
    ServiceAccountId account, std::optional<ApiKeyId> after, int limit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<ApiKeyRecord> keys;
  for (const auto& [id, row] : database_.api_keys_) {
    if (keys.size() == static_cast<size_t>(limit)) break;
    if (row.record.account == account && (!after || id > *after)) keys.push_back(row.record);
  }
  return keys;
}

absl::StatusOr<AccessDecision> FakeServiceAccountStore::RotateKey(
    const Authority& by, ApiKeyId old, const ApiKeyRecord& successor, absl::string_view secret_hash,
    absl::Time overlap_until, absl::Time now, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (!Heeds(by)) return AccessDecision{AccessOutcome::kAuthorityOutdated};
  const auto found = database_.api_keys_.find(old);
  if (found == database_.api_keys_.end() || !Works(found->second.record, now) ||
      found->second.record.replaced_by) {
    return AccessDecision{AccessOutcome::kKeyUnknown};
  }
  ApiKeyRecord& before = found->second.record;
  before.expires_at = std::min(before.expires_at.value_or(absl::InfiniteFuture()), overlap_until);
  before.replaced_by = successor.id;
  ApiKeyRecord made = before;
  made.id = successor.id;
  made.created_by = by.user_id;
  made.created_at = now;
  made.expires_at = successor.expires_at;
  made.replaced_by = std::nullopt;
  made.last_used_at = std::nullopt;
  database_.api_keys_[made.id] = {made, std::string(secret_hash)};
  database_.audit_.push_back(audit);
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<AccessDecision> FakeServiceAccountStore::RevokeKey(const Authority& by, ApiKeyId id,
                                                                  absl::Time now,
                                                                  absl::Time revocation_expires_at,
                                                                  const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (!Heeds(by)) return AccessDecision{AccessOutcome::kAuthorityOutdated};
  const auto found = database_.api_keys_.find(id);
  if (found == database_.api_keys_.end() || found->second.record.revoked_at) {
    return AccessDecision{AccessOutcome::kKeyUnknown};
  }
  found->second.record.revoked_at = now;
  database_.audit_.push_back(audit);
  const ServiceAccountId account = found->second.record.account;
  database_.CutTokens(SubjectId(account.uuid()), database_.machines_[account].not_before, now,
                      revocation_expires_at);
  return AccessDecision{AccessOutcome::kDone};
}

absl::StatusOr<std::optional<ApiKeyView>> FakeServiceAccountStore::ReadKey(ApiKeyId id) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto found = database_.api_keys_.find(id);
  if (found == database_.api_keys_.end()) return std::optional<ApiKeyView>();
  const ApiKeyRecord& key = found->second.record;
  const FakeDatabase::Machine& machine = database_.machines_[key.account];
  return std::optional<ApiKeyView>(
      {found->second.secret_hash, key.scopes, key.expires_at, key.revoked_at.has_value(),
       key.account, machine.account.name, machine.account.status, machine.not_before,
       database_.HeldBy(SubjectId(key.account.uuid()), machine.roles)});
}

}  // namespace signet::domain

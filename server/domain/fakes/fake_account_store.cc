#include "server/domain/fakes/fake_account_store.h"

#include <algorithm>

#include "client/base/status_macros.h"

namespace signet::domain {

absl::StatusOr<bool> FakeAccountStore::Insert(const NewAccount& account, const AuditRecord& made,
                                              const AuditRecord& taken) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto owner = database_.accounts_.find(account.canonical_email);
  if (owner != database_.accounts_.end()) {
    database_.audit_.push_back(taken);
    absl::Time& told_at = owner->second.attempt_told_at;
    if (told_at > account.created_at - absl::Hours(1)) return false;
    told_at = account.created_at;
    database_.AppendMail(account.attempt);
    return false;
  }
  FakeDatabase::Account row;
  row.account = account;
  row.hash = account.password_hash;
  database_.accounts_.emplace(account.canonical_email, std::move(row));
  if (!account.verification_hash.empty()) {
    database_.email_tokens_[{account.user_id, EmailTokenPurpose::kVerifyEmail}] = {
        account.verification_hash, account.created_at, account.verification_expires_at, false};
  }
  database_.audit_.push_back(made);
  database_.AppendMail(account.welcome);
  return true;
}

absl::StatusOr<bool> FakeAccountStore::InsertFirstAdministrator(const NewAccount& account,
                                                                const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  for (const auto& [email, other] : database_.accounts_) {
    const auto& roles = other.account.roles;
    if (std::find(roles.begin(), roles.end(), "admin") != roles.end()) return false;
  }
  FakeDatabase::Account row;
  row.account = account;
  row.hash = account.password_hash;
  row.email_verified = true;
  if (!database_.accounts_.emplace(account.canonical_email, std::move(row)).second) return false;
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<std::optional<LoginRecord>> FakeAccountStore::FindByEmail(
    absl::string_view canonical) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto found = database_.accounts_.find(std::string(canonical));
  if (found == database_.accounts_.end()) return std::optional<LoginRecord>();
  const FakeDatabase::Account& row = found->second;
  return std::optional<LoginRecord>({row.account.user_id, row.status, row.account.email, row.hash,
                                     row.version, row.account.roles, row.email_verified,
                                     row.factor.confirmed_at.has_value()});
}

absl::StatusOr<std::optional<LoginRecord>> FakeAccountStore::FindById(base::UserId id) {
  std::string canonical;
  {
    base::MutexLock lock(database_.mutex_);
    SIGNET_RETURN_IF_ERROR(database_.Check());
    const FakeDatabase::Account* row = database_.FindAccount(id);
    if (row == nullptr) return std::optional<LoginRecord>();
    canonical = row->account.canonical_email;
  }
  return FindByEmail(canonical);
}

absl::StatusOr<bool> FakeAccountStore::Rehash(base::UserId id, int64_t expected_version,
                                              absl::string_view new_hash) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Account* row = database_.FindAccount(id);
  if (row == nullptr || row->version != expected_version) return false;
  row->hash = std::string(new_hash);
  ++row->version;
  return true;
}

absl::StatusOr<bool> FakeAccountStore::ChangePassword(
    base::UserId id, int64_t expected_version, absl::string_view new_hash,
    std::optional<base::SessionId> keep, absl::Time now, absl::Time revocation_expires_at,
    const MailRow& told, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  FakeDatabase::Account* row = database_.FindAccount(id);
  if (row == nullptr || row->version != expected_version) return false;
  row->hash = std::string(new_hash);
  ++row->version;
  database_.audit_.push_back(audit);
  for (auto& [key, session] : database_.sessions_) {
    if (key.first != id || key.second == keep || !session.LiveAt(now)) continue;
    database_.EndSession(session, EndReason::kPasswordChanged, Peer(), now, std::nullopt);
    database_.AppendRevocation(token::RevocationKind::kSession, key.second.ToString(), now,
                               revocation_expires_at);
  }
  database_.AppendMail(told);
  return true;
}

}  // namespace signet::domain

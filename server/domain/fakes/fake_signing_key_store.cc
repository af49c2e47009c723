#include "server/domain/fakes/fake_signing_key_store.h"

#include <algorithm>
#include <tuple>

#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

void SortNewestFirst(std::vector<SigningKeyRecord>& keys) {
  std::sort(keys.begin(), keys.end(), [](const SigningKeyRecord& a, const SigningKeyRecord& b) {
    return std::tie(a.created_at, a.kid) > std::tie(b.created_at, b.kid);
  });
}

void Enter(SigningKeyRecord& key, KeyState state, absl::Time now) {
  key.state = state;
  switch (state) {
    case KeyState::kPrepared:
      break;
    case KeyState::kPublished:
      key.published_at = now;
      break;
    case KeyState::kActive:
      key.activated_at = now;
      break;
    case KeyState::kRetiring:
      key.retiring_at = now;
      break;
    case KeyState::kRetired:
      key.retired_at = now;
      break;
    case KeyState::kTainted:
      key.tainted_at = now;
      break;
  }
}

}  // namespace

absl::StatusOr<SigningKeyTable> FakeSigningKeyStore::Load() {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  SigningKeyTable table;
  table.version = database_.key_version_;
  for (const auto& [kid, key] : database_.keys_) {
    if (key.state != KeyState::kRetired) table.keys.push_back(key);
  }
  SortNewestFirst(table.keys);
  return table;
}

absl::StatusOr<std::vector<SigningKeyRecord>> FakeSigningKeyStore::ListAll() {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  std::vector<SigningKeyRecord> keys;
  for (const auto& [kid, key] : database_.keys_) keys.push_back(key);
  SortNewestFirst(keys);
  return keys;
}

absl::StatusOr<bool> FakeSigningKeyStore::InsertPrepared(const SigningKeyRecord& key,
                                                         const AuditRecord& audit,
                                                         KeyTableFence fence) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (fence && *fence != database_.key_version_) return false;
  SigningKeyRecord prepared = key;
  prepared.state = KeyState::kPrepared;
  if (!database_.keys_.emplace(key.kid, std::move(prepared)).second) return false;
  database_.audit_.push_back(audit);
  ++database_.key_version_;
  return true;
}

absl::StatusOr<bool> FakeSigningKeyStore::Move(absl::string_view kid,
                                               const std::vector<KeyState>& from, KeyState to,
                                               absl::Time now, absl::Time revocation_expires_at,
                                               const AuditRecord* audit, KeyTableFence fence) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  if (fence && *fence != database_.key_version_) return false;
  const auto found = database_.keys_.find(std::string(kid));
  if (found == database_.keys_.end() ||
      std::find(from.begin(), from.end(), found->second.state) == from.end()) {
    return false;
  }
  if (to == KeyState::kActive) {
    for (auto& [other_kid, other] : database_.keys_) {
      if (other.state == KeyState::kActive) Enter(other, KeyState::kRetiring, now);
    }
  }
  Enter(found->second, to, now);
  if (audit != nullptr) database_.audit_.push_back(*audit);
  ++database_.key_version_;
  if (to == KeyState::kTainted) {
    database_.AppendRevocation(token::RevocationKind::kKey, std::string(kid), now,
                               revocation_expires_at);
  }
  return true;
}

absl::StatusOr<bool> FakeSigningKeyStore::Erase(absl::string_view kid, const AuditRecord& audit) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto found = database_.keys_.find(std::string(kid));
  if (found == database_.keys_.end() || found->second.sealed_private.empty() ||
      (found->second.state != KeyState::kRetired && found->second.state != KeyState::kTainted)) {
    return false;
  }
  found->second.sealed_private.clear();
  found->second.public_mac.clear();
  database_.audit_.push_back(audit);
  return true;
}

absl::StatusOr<SigningKeyStore::SealedSecret> FakeSigningKeyStore::GetOrInsertSecret(
    absl::string_view name, const SealedSecret& candidate) {
  base::MutexLock lock(database_.mutex_);
  SIGNET_RETURN_IF_ERROR(database_.Check());
  const auto [row, inserted] = database_.secrets_.emplace(std::string(name), candidate);
  if (inserted) ++database_.key_version_;
  return row->second;
}

}  // namespace signet::domain

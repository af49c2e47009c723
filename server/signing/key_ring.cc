#include "server/signing/key_ring.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "client/base/status_macros.h"
#include "client/token/jws.h"
#include "server/signing/sealed_key.h"

namespace signet::signing {
namespace {

using domain::KeyState;
using domain::SigningKeyRecord;
using domain::SigningKeyTable;

bool Verifies(const SigningKeyRecord& record) {
  return record.state == KeyState::kPublished || record.state == KeyState::kActive ||
         record.state == KeyState::kRetiring;
}

// The signer first: some clients of the JWKS try keys in order, or take the first one.
std::vector<const SigningKeyRecord*> VerifyingOnes(const SigningKeyTable& table) {
  std::vector<const SigningKeyRecord*> records;
  for (const SigningKeyRecord& record : table.keys) {
    if (Verifies(record)) records.push_back(&record);
  }
  std::stable_partition(records.begin(), records.end(), [](const SigningKeyRecord* record) {
    return record->state == KeyState::kActive;
  });
  return records;
}

}  // namespace

KeyRing::KeyRing(domain::SigningKeyStore& store, const KeyEncryptionKey& kek)
    : store_(store),
      kek_(kek),
      keys_(std::make_shared<token::KeySet>()),
      active_(std::make_shared<std::optional<ActiveKey>>()) {}

absl::Status KeyRing::Reload() {
  base::MutexLock lock(mutex_);
  SIGNET_ASSIGN_OR_RETURN(const SigningKeyTable table, store_.Load());
  if (version_ == table.version) return absl::OkStatus();

  OpenedKeys opened;
  absl::Status first_error;
  for (const SigningKeyRecord* record : VerifyingOnes(table)) {
    first_error.Update(OpenInto(*record, opened));
  }
  opened_ = std::move(opened);
  if (first_error.ok()) complete_version_ = table.version;
  PublishKeys(table);  // before the signer: a token must never be ahead of its key
  PublishActive(table);
  version_ = first_error.ok() ? std::optional(table.version) : std::nullopt;
  return first_error;
}

absl::Status KeyRing::OpenInto(const SigningKeyRecord& record, OpenedKeys& opened) {
  const auto held = opened_.find(record.kid);
  if (held != opened_.end() && held->second.sealed == record.sealed_private) {
    opened.insert(*held);
    return absl::OkStatus();
  }
  auto key = OpenKey(kek_, record);
  if (!key.ok()) {
    if (held != opened_.end()) opened.insert(*held);
    return key.status();
  }
  opened.insert({record.kid, OpenedKey{record.sealed_private, *std::move(key)}});
  return absl::OkStatus();
}

void KeyRing::PublishKeys(const SigningKeyTable& table) {
  token::KeySet::Builder builder;
  for (const SigningKeyRecord* record : VerifyingOnes(table)) {
    const auto opened = opened_.find(record->kid);
    if (opened == opened_.end()) continue;
    // Of the unsealed key, not record->public_jwk: that column is not authenticated.
    builder.Add(record->kid, opened->second.key.verifying_key()).IgnoreError();
  }
  // Whoever holds a set that lacks a key must not be taken for one who holds that key.
  keys_.Replace(std::make_shared<const token::KeySet>(builder.Build(complete_version_)));
}

void KeyRing::PublishActive(const SigningKeyTable& table) {
  const auto record = std::find_if(table.keys.begin(), table.keys.end(),
                                   [](const auto& key) { return key.state == KeyState::kActive; });
  if (record == table.keys.end()) {
    active_.Replace(std::make_shared<const std::optional<ActiveKey>>());
    return;
  }
  const auto opened = opened_.find(record->kid);
  if (opened == opened_.end()) {
    // The new signer cannot be opened. The old one may go on while it verifies.
    const auto held = active_.Share();
    if (held->has_value() && opened_.contains((*held)->kid)) return;
    active_.Replace(std::make_shared<const std::optional<ActiveKey>>());
    return;
  }
  const crypto::SigningKey& key = opened->second.key;
  active_.Replace(std::make_shared<const std::optional<ActiveKey>>(
      ActiveKey{record->kid, token::EncodeAccessTokenHeader(key.algorithm(), record->kid), key,
                record->activated_at.value_or(record->created_at)}));
}

}  // namespace signet::signing

#include "server/signing/key_ring.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
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

// What the row shows; of no worth by itself, since nothing authenticates that column.
std::optional<crypto::VerifyingKey> PublicHalf(const SigningKeyRecord& record) {
  const auto set = token::ParseKeySet(absl::StrCat("{\"keys\":[", record.public_jwk, "]}"));
  const token::KeySet::Key* const key = set.ok() ? set->Find(record.kid) : nullptr;
  if (key == nullptr) return std::nullopt;
  return key->key;
}

}  // namespace

KeyRing::KeyRing(domain::SigningKeyStore& store, const KeyEncryptionKey& kek)
    : store_(store),
      kek_(kek),
      keys_(std::make_shared<token::KeySet>()),
      active_(std::make_shared<std::optional<ActiveKey>>()) {}

void KeyRing::SetVoucher(std::shared_ptr<const KeyVoucher> voucher) {
  base::MutexLock lock(mutex_);
  voucher_ = std::move(voucher);
}

void KeyRing::Vouch(SigningKeyRecord& record) const {
  base::MutexLock lock(mutex_);
  if (voucher_ != nullptr) record.public_mac = voucher_->MacOf(record);
}

absl::Status KeyRing::Reload() {
  base::MutexLock lock(mutex_);
  SIGNET_ASSIGN_OR_RETURN(SigningKeyTable table, store_.Load());
  return Take(std::move(table));
}

absl::Status KeyRing::ReloadAndOpen() {
  {
    base::MutexLock lock(mutex_);
    SIGNET_ASSIGN_OR_RETURN(SigningKeyTable table, store_.Load());
    Take(std::move(table)).IgnoreError();  // what it misses, the next line opens or names
  }
  return OpenKeys();
}

absl::Status KeyRing::Take(SigningKeyTable table) {
  if (version_ == table.version) return absl::OkStatus();
  table_ = std::move(table);
  HeldKeys held;
  absl::Status first_error;
  for (const SigningKeyRecord* record : VerifyingOnes(table_)) {
    first_error.Update(Hold(*record, held));
  }
  held_ = std::move(held);
  version_ = first_error.ok() ? std::optional(table_.version) : std::nullopt;
  Publish();
  return first_error;
}

absl::Status KeyRing::Hold(const SigningKeyRecord& record, HeldKeys& held) {
  const auto before = held_.find(record.kid);
  if (before != held_.end() && before->second.sealed == record.sealed_private &&
      before->second.opened) {
    held.insert(*before);
    return absl::OkStatus();
  }
  absl::Status closed = absl::UnavailableError(
      absl::StrCat("signing key ", record.kid, " is not open yet, and nobody vouches for it"));
  if (!kek_.remote()) {
    auto key = OpenKey(kek_, record);
    if (key.ok()) {
      const crypto::VerifyingKey public_half = key->verifying_key();
      held.insert({record.kid, HeldKey{record.sealed_private, public_half, *std::move(key), true}});
      return absl::OkStatus();
    }
    closed = key.status();
  }
  if (TakeVouched(record, held)) return absl::OkStatus();
  if (before != held_.end()) held.insert(*before);
  return closed;
}

bool KeyRing::TakeVouched(const SigningKeyRecord& record, HeldKeys& held) {
  if (voucher_ == nullptr || !voucher_->VouchesFor(record)) return false;
  auto public_half = PublicHalf(record);
  if (!public_half) return false;
  HeldKey key{record.sealed_private, *std::move(public_half), std::nullopt, false};
  // Sealed anew under another key, or damaged: what was opened before is the same key.
  const auto before = held_.find(record.kid);
  if (before != held_.end()) key.key = before->second.key;
  held.insert({record.kid, std::move(key)});
  return true;
}

std::vector<SigningKeyRecord> KeyRing::Closed() const {
  base::MutexLock lock(mutex_);
  std::vector<SigningKeyRecord> closed;
  for (const SigningKeyRecord* record : VerifyingOnes(table_)) {
    const auto held = held_.find(record->kid);
    const bool open =
        held != held_.end() && held->second.opened && held->second.sealed == record->sealed_private;
    if (!open) closed.push_back(*record);
  }
  return closed;
}

absl::Status KeyRing::OpenKeys() {
  absl::Status first_error;
  for (const SigningKeyRecord& record : Closed()) {
    auto key = OpenKey(kek_, record);
    if (key.ok()) {
      base::MutexLock lock(mutex_);
      Adopt(record, *std::move(key));
      continue;
    }
    first_error.Update(key.status());
    if (absl::IsUnavailable(key.status())) break;  // whoever keeps the key: the others wait as long
  }
  return first_error;
}

// The table may have changed while the key was being opened.
void KeyRing::Adopt(const SigningKeyRecord& record, crypto::SigningKey key) {
  const auto records = VerifyingOnes(table_);
  const bool wanted = std::any_of(records.begin(), records.end(), [&](const auto* now) {
    return now->kid == record.kid && now->sealed_private == record.sealed_private;
  });
  if (!wanted) return;
  const crypto::VerifyingKey public_half = key.verifying_key();
  held_.insert_or_assign(record.kid,
                         HeldKey{record.sealed_private, public_half, std::move(key), true});
  Publish();
}

// Whether every key that verifies is held, as its row has it now.
bool KeyRing::IsComplete() const {
  for (const SigningKeyRecord* record : VerifyingOnes(table_)) {
    const auto held = held_.find(record->kid);
    if (held == held_.end() || held->second.sealed != record->sealed_private) return false;
  }
  return true;
}

void KeyRing::Publish() {
  if (IsComplete()) complete_version_ = table_.version;
  PublishKeys();  // before the signer: a token must never be ahead of its key
  PublishActive();
}

void KeyRing::PublishKeys() {
  token::KeySet::Builder builder;
  for (const SigningKeyRecord* record : VerifyingOnes(table_)) {
    const auto held = held_.find(record->kid);
    if (held == held_.end()) continue;
    builder.Add(record->kid, held->second.public_half).IgnoreError();
  }
  // Whoever holds a set that lacks a key must not be taken for one who holds that key.
  keys_.Replace(std::make_shared<const token::KeySet>(builder.Build(complete_version_)));
}

void KeyRing::PublishActive() {
  const auto record = std::find_if(table_.keys.begin(), table_.keys.end(),
                                   [](const auto& key) { return key.state == KeyState::kActive; });
  const auto held = record == table_.keys.end() ? held_.end() : held_.find(record->kid);
  if (held != held_.end() && held->second.key) {
    const crypto::SigningKey& key = *held->second.key;
    active_.Replace(std::make_shared<const std::optional<ActiveKey>>(
        ActiveKey{record->kid, token::EncodeAccessTokenHeader(key.algorithm(), record->kid), key,
                  record->activated_at.value_or(record->created_at)}));
    return;
  }
  // The new signer is not open. The old one goes on while it verifies; one that is tainted or
  // retired signs no more.
  const auto signer = active_.Share();
  const bool goes_on =
      record != table_.keys.end() && signer->has_value() && held_.contains((*signer)->kid);
  if (!goes_on) active_.Replace(std::make_shared<const std::optional<ActiveKey>>());
}

}  // namespace signet::signing

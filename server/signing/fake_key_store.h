#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "client/base/error.h"
#include "client/base/mutex.h"
#include "server/domain/ports/signing_key_store.h"

namespace signet::signing {

// Signing keys in memory, as the port promises, with what tests need to interfere. Thread-safe.
class FakeKeyStore final : public domain::SigningKeyStore {
 public:
  absl::StatusOr<domain::SigningKeyTable> Load() override {
    base::MutexLock lock(mutex_);
    ++loads_;
    if (gone_) return base::StorageUnavailable(absl::Seconds(1));
    domain::SigningKeyTable table{version_, keys_};
    std::erase_if(table.keys,
                  [](const auto& key) { return key.state == domain::KeyState::kRetired; });
    return table;
  }

  absl::StatusOr<std::vector<domain::SigningKeyRecord>> ListAll() override {
    base::MutexLock lock(mutex_);
    if (gone_) return base::StorageUnavailable(absl::Seconds(1));
    return keys_;
  }

  absl::StatusOr<bool> InsertPrepared(const domain::SigningKeyRecord& key) override {
    base::MutexLock lock(mutex_);
    if (gone_) return base::StorageUnavailable(absl::Seconds(1));
    if (Find(key.kid) != nullptr) return false;
    keys_.insert(keys_.begin(), key);
    keys_.front().state = domain::KeyState::kPrepared;
    if (corrupt_inserts_) keys_.front().sealed_private.back() ^= 1;
    ++version_;
    return true;
  }

  absl::StatusOr<bool> Move(absl::string_view kid, const std::vector<domain::KeyState>& from,
                            domain::KeyState to, absl::Time now,
                            absl::Time revocation_expires_at) override {
    base::MutexLock lock(mutex_);
    if (gone_) return base::StorageUnavailable(absl::Seconds(1));
    domain::SigningKeyRecord* key = Find(kid);
    if (key == nullptr || std::find(from.begin(), from.end(), key->state) == from.end()) {
      return false;
    }
    if (to == domain::KeyState::kActive) {
      for (auto& other : keys_) {
        if (other.state == domain::KeyState::kActive)
          Stamp(other, domain::KeyState::kRetiring, now);
      }
      ++activations_;
    }
    if (to == domain::KeyState::kTainted) revoked_.emplace_back(kid, revocation_expires_at);
    Stamp(*key, to, now);
    ++version_;
    return true;
  }

  absl::StatusOr<SealedSecret> GetOrInsertSecret(absl::string_view name,
                                                 const SealedSecret& candidate) override {
    base::MutexLock lock(mutex_);
    if (gone_) return base::StorageUnavailable(absl::Seconds(1));
    return secrets_.emplace(std::string(name), candidate).first->second;
  }

  void SetGone(bool gone) {
    base::MutexLock lock(mutex_);
    gone_ = gone;
  }
  void CorruptInserts() {
    base::MutexLock lock(mutex_);
    corrupt_inserts_ = true;
  }
  // Changes rows behind the port's back.
  template <typename Change>
  void Tamper(Change change) {
    base::MutexLock lock(mutex_);
    change(keys_, secrets_);
    ++version_;
  }
  int loads() const {
    base::MutexLock lock(mutex_);
    return loads_;
  }
  int activations() const {
    base::MutexLock lock(mutex_);
    return activations_;
  }
  // kKey revocations: kid and expiry.
  std::vector<std::pair<std::string, absl::Time>> revoked() const {
    base::MutexLock lock(mutex_);
    return revoked_;
  }

 private:
  domain::SigningKeyRecord* Find(absl::string_view kid) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (auto& key : keys_) {
      if (key.kid == kid) return &key;
    }
    return nullptr;
  }

  static void Stamp(domain::SigningKeyRecord& key, domain::KeyState to, absl::Time now) {
    key.state = to;
    if (to == domain::KeyState::kPublished) key.published_at = now;
    if (to == domain::KeyState::kActive) key.activated_at = now;
    if (to == domain::KeyState::kRetiring) key.retiring_at = now;
    if (to == domain::KeyState::kRetired) key.retired_at = now;
    if (to == domain::KeyState::kTainted) key.tainted_at = now;
  }

  mutable base::Mutex mutex_;
  std::vector<domain::SigningKeyRecord> keys_ ABSL_GUARDED_BY(mutex_);  // newest first
  std::map<std::string, SealedSecret> secrets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, absl::Time>> revoked_ ABSL_GUARDED_BY(mutex_);
  int64_t version_ ABSL_GUARDED_BY(mutex_) = 1;
  int loads_ ABSL_GUARDED_BY(mutex_) = 0;
  int activations_ ABSL_GUARDED_BY(mutex_) = 0;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool corrupt_inserts_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace signet::signing

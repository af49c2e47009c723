#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "client/base/snapshot.h"
#include "client/crypto/private_key.h"
#include "client/token/key_set.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

// The key that signs now, and what every token of it begins with.
struct ActiveKey {
  std::string kid;
  std::string encoded_header;  // base64url of {"alg":…,"kid":…,"typ":"at+jwt"}, made once
  crypto::SigningKey key;
  absl::Time activated_at;
};

// What this process signs and verifies with: PUBLISHED, ACTIVE and RETIRING keys verify, the ACTIVE
// one signs. PREPARED, RETIRED and TAINTED ones are not even opened.
//
// Readers take the snapshots, without a lock; a key verifies before it signs, here as in the JWKS.
// Thread-safe.
class KeyRing {
 public:
  // Both stay the caller's and outlive the ring. Empty until the first Reload().
  KeyRing(domain::SigningKeyStore& store, const KeyEncryptionKey& kek);

  // Makes the ring what the store says; nothing more than one read when its version did not change.
  //
  // On an error of the store nothing changes. When a key cannot be opened (wrong key-encryption
  // key, changed row) the error names it; every other change takes effect all the same, a taint
  // above all, the key itself stays if the ring already held it, and the next Reload() tries again.
  // Until it succeeds the set has the version of the last one of which every key was opened.
  absl::Status Reload();

  const base::Snapshot<token::KeySet>& keys() const { return keys_; }
  const base::Snapshot<std::optional<ActiveKey>>& active() const { return active_; }

 private:
  struct OpenedKey {
    std::string sealed;  // what it was opened from
    crypto::SigningKey key;
  };
  using OpenedKeys = absl::flat_hash_map<std::string, OpenedKey>;  // by kid

  absl::Status OpenInto(const domain::SigningKeyRecord& record, OpenedKeys& opened)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishKeys(const domain::SigningKeyTable& table) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishActive(const domain::SigningKeyTable& table) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  domain::SigningKeyStore& store_;
  const KeyEncryptionKey& kek_;
  base::Snapshot<token::KeySet> keys_;
  base::Snapshot<std::optional<ActiveKey>> active_;

  base::Mutex mutex_;  // one Reload() at a time, so that an older table never follows a newer one
  std::optional<int64_t> version_ ABSL_GUARDED_BY(mutex_);  // none: the next Reload() opens anew
  int64_t complete_version_ ABSL_GUARDED_BY(mutex_) = 0;  // the last of which every key was opened
  OpenedKeys opened_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::signing

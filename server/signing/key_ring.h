#pragma once

#include <memory>
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
#include "server/signing/key_voucher.h"

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
// A key verifies as soon as its row is read, by a public half that a server has vouched for; it
// signs once it has been opened here, which may take somebody else's answer. Until then the one
// before goes on signing while it verifies, and else none does.
//
// Readers take the snapshots, without a lock; a key verifies before it signs, here as in the JWKS.
// Thread-safe.
class KeyRing {
 public:
  // Both stay the caller's and outlive the ring. Empty until the first Reload().
  KeyRing(domain::SigningKeyStore& store, const KeyEncryptionKey& kek);

  // From now on public halves that it vouches for are taken, and Vouch() writes one. Without it a
  // key verifies only once it was opened.
  void SetVoucher(std::shared_ptr<const KeyVoucher> voucher);
  void Vouch(domain::SigningKeyRecord& record) const;

  // Makes the ring what the store says; nothing more than one read when its version did not change.
  // Asks nobody but the store: a key of which somebody else keeps the key-encryption key is left to
  // OpenKeys(), so that whoever follows changes is never held up.
  //
  // On an error of the store nothing changes. When a key that nobody vouches for is not opened
  // (wrong key-encryption key, changed row) the error names it; every other change takes effect all
  // the same, a taint above all, the key itself stays if the ring already held it, and the next
  // Reload() tries again. Until it succeeds the set has the version of the last one of which every
  // key was there.
  absl::Status Reload();

  // Opens what the last Reload() has left closed, the signer first, and asks for as long as whoever
  // keeps the key-encryption key takes: holds up nobody but its caller. The first error; what could
  // not be opened is tried again by the next call.
  absl::Status OpenKeys();

  // Both, with the errors of both: OK, every key is open.
  absl::Status ReloadAndOpen();

  const base::Snapshot<token::KeySet>& keys() const { return keys_; }
  const base::Snapshot<std::optional<ActiveKey>>& active() const { return active_; }

 private:
  struct HeldKey {
    std::string sealed;  // the row that it is known from
    crypto::VerifyingKey public_half;
    std::optional<crypto::SigningKey> key;
    bool opened = false;  // what that row has sealed
  };
  using HeldKeys = absl::flat_hash_map<std::string, HeldKey>;  // by kid

  absl::Status Take(domain::SigningKeyTable table) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Hold(const domain::SigningKeyRecord& record, HeldKeys& held)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeVouched(const domain::SigningKeyRecord& record, HeldKeys& held)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Adopt(const domain::SigningKeyRecord& record, crypto::SigningKey key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsComplete() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishKeys() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishActive() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<domain::SigningKeyRecord> Closed() const;

  domain::SigningKeyStore& store_;
  const KeyEncryptionKey& kek_;
  base::Snapshot<token::KeySet> keys_;
  base::Snapshot<std::optional<ActiveKey>> active_;

  // One change at a time, so that an older table never follows a newer one. Never held while
  // somebody is asked who keeps the key-encryption key.
  mutable base::Mutex mutex_;
  std::shared_ptr<const KeyVoucher> voucher_ ABSL_GUARDED_BY(mutex_);
  domain::SigningKeyTable table_ ABSL_GUARDED_BY(mutex_);   // the last one read
  std::optional<int64_t> version_ ABSL_GUARDED_BY(mutex_);  // none: the next Reload() looks anew
  int64_t complete_version_ ABSL_GUARDED_BY(mutex_) = 0;    // the last of which every key was there
  HeldKeys held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::signing

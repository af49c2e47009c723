#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/mutex.h"
#include "client/base/secret.h"
#include "server/domain/ports/remote_seal.h"
#include "server/pkcs11/key_session.h"
#include "server/pkcs11/key_uri.h"

namespace signet::pkcs11 {

// An AES key of 256 bits in a hardware module, which seals and opens there (CKM_AES_GCM) with the
// context as associated data. One question at a time. What has lost its session, its token or its
// module begins anew, at once and then at each question; a PIN that was refused is never tried
// again.
class HardwareSeal final : public domain::RemoteSeal {
 public:
  HardwareSeal(std::string module, KeyUri uri, base::Secret pin);

  // Logs in, finds the key, and seals and opens something by it: what the key or the token may not
  // do shows now. Errors as of KeySession::Begin().
  absl::Status Begin();
  // After Begin(): whether the key can be taken out of the token.
  bool extractable() const;

  const std::string& id() const override { return uri_.id(); }
  // FAILED_PRECONDITION and NOT_FOUND too, as of KeySession::Begin().
  absl::StatusOr<std::string> Seal(const base::Secret& plaintext,
                                   absl::string_view context) const override;
  absl::StatusOr<base::Secret> Open(absl::string_view sealed,
                                    absl::string_view context) const override;

 private:
  absl::Status Connect() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Reconnect() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Prove() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::string> SealHere(absl::string_view plaintext, absl::string_view context) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string module_;
  const KeyUri uri_;
  const base::Secret pin_;
  mutable base::Mutex mutex_;  // held while the module works
  mutable std::unique_ptr<KeySession> session_ ABSL_GUARDED_BY(mutex_);  // null: none now
  mutable absl::Status pin_refused_ ABSL_GUARDED_BY(mutex_);             // OK: it was not
};

}  // namespace signet::pkcs11

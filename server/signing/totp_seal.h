#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/domain/ports/totp_sealer.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

// Seals authenticator secrets by AES-256-GCM under one key that all replicas share, made by the
// first one and kept sealed under the name "totp-v1". The user's id is the context: whoever can
// write to the database can give nobody another's authenticator. Immutable, thread-safe.
class AeadTotpSealer final : public domain::TotpSealer {
 public:
  static constexpr absl::string_view kSecretName = "totp-v1";

  // Reads the key, or makes it. Errors as LoadServerSecret().
  static absl::StatusOr<std::unique_ptr<AeadTotpSealer>> Create(domain::SigningKeyStore& store,
                                                                const KeyEncryptionKey& kek);

  absl::StatusOr<std::string> Seal(base::UserId user, const base::Secret& secret) const override;
  absl::StatusOr<base::Secret> Open(base::UserId user, absl::string_view sealed) const override;

 private:
  explicit AeadTotpSealer(base::Secret key) : key_(std::move(key)) {}

  const base::Secret key_;
};

}  // namespace signet::signing

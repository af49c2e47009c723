#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/domain/ports/token_issuer.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

// Derives refresh-token secrets by HMAC-SHA-256 under one key that all replicas share: 32 random
// bytes, made by the first one, sealed in the store under the name "lineage-hmac-v1". A reader of
// the database, who sees only hashes of secrets, can derive no successor. Immutable, thread-safe.
class HmacSuccessorDeriver final : public domain::SuccessorDeriver {
 public:
  static constexpr absl::string_view kSecretName = "lineage-hmac-v1";

  // Reads the key, or makes it. Errors of the store; FAILED_PRECONDITION naming both ids when it is
  // sealed under another key-encryption key; DATA_LOSS when the row was changed.
  static absl::StatusOr<std::unique_ptr<HmacSuccessorDeriver>> Create(
      domain::SigningKeyStore& store, const KeyEncryptionKey& kek);

  base::Secret Derive(absl::string_view session_id_bytes, int32_t parent_generation,
                      const base::Secret& parent_secret) const override;

 private:
  explicit HmacSuccessorDeriver(base::Secret key);

  const base::Secret key_;
};

}  // namespace signet::signing

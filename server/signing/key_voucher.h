#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/domain/tokens/signing_key.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

// Says of a stored key that its public half was written by a server, by HMAC-SHA-256 over name,
// algorithm and public half, under a key that all replicas share: 32 random bytes, made by the
// first one, sealed in the store under the name "signing-key-public-v1". So a replica verifies by a
// key that it has not opened, and someone who can only write to the database cannot slip one in.
// Immutable, thread-safe.
class KeyVoucher {
 public:
  static constexpr absl::string_view kSecretName = "signing-key-public-v1";

  // Reads the key, or makes it. Errors as LoadServerSecret().
  static absl::StatusOr<std::shared_ptr<const KeyVoucher>> Create(domain::SigningKeyStore& store,
                                                                  const KeyEncryptionKey& kek);
  explicit KeyVoucher(base::Secret key) : key_(std::move(key)) {}

  // For `public_mac` of the record, by its other fields.
  std::string MacOf(const domain::SigningKeyRecord& record) const;
  // False for a record without one: a version before this wrote it.
  bool VouchesFor(const domain::SigningKeyRecord& record) const;

 private:
  const base::Secret key_;
};

}  // namespace signet::signing

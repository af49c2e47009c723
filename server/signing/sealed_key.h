#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/crypto/private_key.h"
#include "server/domain/tokens/signing_key.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

// Signing keys at rest: PKCS #8, sealed with the name and the algorithm as context, so that
// neither two rows can be swapped nor a row be turned into a key of another algorithm.

// What the private half is sealed with.
std::string SigningKeyContext(absl::string_view kid, absl::string_view algorithm);

// A PREPARED record with everything but its times.
absl::StatusOr<domain::SigningKeyRecord> SealKey(const KeyEncryptionKey& kek, absl::string_view kid,
                                                 const crypto::SigningKey& key);

// FAILED_PRECONDITION: sealed under another key-encryption key; the message names the kid and both
// ids. DATA_LOSS: changed or moved. No message holds anything of a secret.
absl::StatusOr<crypto::SigningKey> OpenKey(const KeyEncryptionKey& kek,
                                           const domain::SigningKeyRecord& record);

// Unseals the stored key, signs with it, and verifies that by the stored public JWK, as a stranger
// would: OK proves that the row is whole. OpenKey's errors, and DATA_LOSS where the halves differ.
absl::Status ProveKey(const KeyEncryptionKey& kek, const domain::SigningKeyRecord& record);

}  // namespace signet::signing

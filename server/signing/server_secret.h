#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

// What a server secret is sealed with.
std::string ServerSecretContext(absl::string_view name);

// The server secret of that name, 32 random bytes that all replicas share: the stored one, or a new
// one where there was none (the first writer wins). It lies sealed under the key-encryption key,
// bound to its name.
//
// Errors of the store; FAILED_PRECONDITION naming both ids when it is sealed under another
// key-encryption key; DATA_LOSS when the row was changed or moved.
absl::StatusOr<base::Secret> LoadServerSecret(domain::SigningKeyStore& store,
                                              const KeyEncryptionKey& kek, absl::string_view name);

}  // namespace signet::signing

#pragma once

#include "absl/status/statusor.h"
#include "client/crypto/algorithm.h"
#include "client/crypto/openssl.h"
#include "client/crypto/public_key.h"

namespace signet::crypto {

// OpenSSL's form of a public key, checked as VerifyingKey::Make says.
absl::StatusOr<KeyPtr> ImportPublicKey(Algorithm algorithm, const PublicParameters& parameters);

// The parameters of a key that OpenSSL holds; INVALID_ARGUMENT where it has another type or curve
// than the algorithm's.
absl::StatusOr<PublicParameters> ExportPublicKey(Algorithm algorithm, const EVP_PKEY& key);

}  // namespace signet::crypto

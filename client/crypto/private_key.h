#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "client/crypto/algorithm.h"
#include "client/crypto/public_key.h"

namespace signet::crypto {

// A private key that signs with one algorithm. The key's bytes are wiped when the last copy dies.
// Cheap to copy (one reference). Immutable and thread-safe.
class SigningKey {
 public:
  // A fresh key from OpenSSL's private generator; RSA ones have 2048 bits and e = 65537 (tens of
  // milliseconds to a second, the others microseconds). INTERNAL where the generator fails.
  static absl::StatusOr<SigningKey> Generate(Algorithm algorithm);

  // The key of ToPkcs8(). PKCS #8 does not tell RS256 from PS256, so the algorithm is kept beside
  // it. INVALID_ARGUMENT: not exactly one unencrypted PKCS #8 structure (RFC 5958), a key of
  // another type or curve than the algorithm's, or one whose public half VerifyingKey::Make
  // refuses.
  static absl::StatusOr<SigningKey> FromPkcs8(Algorithm algorithm, const base::Secret& der);

  // Unencrypted PKCS #8, DER: seal it before it is stored.
  absl::StatusOr<base::Secret> ToPkcs8() const;

  Algorithm algorithm() const;

  // The public half; what a JWK shows.
  const VerifyingKey& verifying_key() const;

  // The raw signature over `message`, as JWS has it: r || s of 64 or 96 bytes for ECDSA, 64 bytes
  // for EdDSA, the modulus' length for RSA. INTERNAL where OpenSSL fails.
  absl::StatusOr<std::string> Sign(absl::string_view message) const;

 private:
  class State;
  explicit SigningKey(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;  // its contexts change, the key does not
};

}  // namespace signet::crypto

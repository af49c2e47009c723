#pragma once

#include <memory>

#include "absl/strings/string_view.h"
#include "client/crypto/digest.h"
#include "client/crypto/openssl.h"
#include "client/crypto/public_key.h"

namespace signet::crypto {

// ECDSA over P-256 with SHA-256 for one public key that verifies many signatures: twice the speed
// of OpenSSL's own call, by a table of the key's multiples (150 KiB, some 20 ms to make). See
// docs/adr/0007-verification.md. Immutable and thread-safe.
class Es256Verifier {
 public:
  // For a key that VerifyingKey::Make has checked. Null where OpenSSL makes no such table or the
  // point is not on the curve: verify through EVP then.
  static std::unique_ptr<const Es256Verifier> Make(const PublicParameters& parameters);

  // Whether `signature` is the key's over `digest` (FIPS 186-5 section 6.4.2), as r || s of exactly
  // 64 bytes (RFC 7518 section 3.4). Leaves nothing in OpenSSL's error queue that was not there.
  bool Verify(const Sha256Digest& digest, absl::string_view signature) const;

 private:
  explicit Es256Verifier(GroupPtr multiples);

  const GroupPtr multiples_;  // P-256 with the key's point as its generator, and the table
};

}  // namespace signet::crypto

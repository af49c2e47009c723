#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "client/crypto/digest.h"
#include "client/crypto/openssl.h"
#include "client/crypto/public_key.h"

namespace signet::crypto {

// RSASSA-PKCS1-v1_5 with SHA-256 for one public key. OpenSSL's modular multiplication without what
// stands around it: a fifth of its call goes into setting up, and into two multiplications that
// nobody needs. See docs/adr/0007-verification.md. Immutable and thread-safe.
class Rs256Verifier {
 public:
  // For a key that VerifyingKey::Make has checked: the modulus is odd and has 2048 bits or more,
  // the exponent is odd, from 3 to 2^32 - 1. Null where memory is out: verify through EVP then.
  static std::unique_ptr<const Rs256Verifier> Make(const PublicParameters& parameters);

  // Whether `signature` is the key's over `digest`, by RFC 8017 section 8.2.2: what must have been
  // signed is written down and compared whole, so that no parser can be led astray
  // (D. Bleichenbacher, CRYPTO 2006). The signature has exactly the modulus' length.
  bool Verify(const Sha256Digest& digest, absl::string_view signature) const;

 private:
  Rs256Verifier(BignumPtr modulus, MontgomeryPtr montgomery, uint32_t exponent, std::string prefix);

  bool Power(const BIGNUM& base, BIGNUM& out) const;

  const BignumPtr modulus_;
  const MontgomeryPtr montgomery_;
  const uint32_t exponent_;
  const std::string prefix_;  // of the encoded message, up to the digest
};

}  // namespace signet::crypto

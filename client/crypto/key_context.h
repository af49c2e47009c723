#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "client/crypto/algorithm.h"
#include "client/crypto/openssl.h"

namespace signet::crypto {

// What the public and the private key share: how an algorithm's OpenSSL context is set up.

enum class KeyUse { kSign, kVerify };

// A context for EVP_PKEY_sign or EVP_PKEY_verify on a digest, with the algorithm's digest and
// padding; null where OpenSSL refuses. Not for kEdDsa, which signs messages and not digests.
KeyContextPtr MakeKeyContext(Algorithm algorithm, EVP_PKEY& key, KeyUse use);

// The width of r and of s in bytes; 0 for algorithms other than ECDSA.
size_t EcdsaWidth(Algorithm algorithm);

// The bytes to sign, which is what EVP_PKEY_sign and EVP_PKEY_verify take.
struct MessageDigest {
  std::array<uint8_t, 48> bytes;
  size_t size;
};
MessageDigest DigestFor(Algorithm algorithm, absl::string_view message);

}  // namespace signet::crypto

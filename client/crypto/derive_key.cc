#include "client/crypto/derive_key.h"

#include <openssl/crypto.h>

#include "client/crypto/digest.h"

namespace signet::crypto {

base::Secret DeriveKey(const base::Secret& key, absl::string_view purpose) {
  Sha256Digest digest = HmacSha256(key.reveal(), purpose);
  base::Secret derived(DigestView(digest));
  OPENSSL_cleanse(digest.data(), digest.size());
  return derived;
}

}  // namespace signet::crypto

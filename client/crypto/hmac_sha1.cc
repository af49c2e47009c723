#include "client/crypto/hmac_sha1.h"

#include <cstdlib>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace signet::crypto {

Sha1Digest HmacSha1(absl::string_view key, absl::string_view data) {
  Sha1Digest digest{};
  unsigned int size = 0;
  const unsigned char* made =
      HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(), &size);
  // A wrong digest would let a wrong code in: better no process than that.
  if (made == nullptr || size != digest.size()) std::abort();
  return digest;
}

}  // namespace signet::crypto

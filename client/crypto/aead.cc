#include "client/crypto/aead.h"

#include <climits>
#include <utility>

#include "absl/status/status.h"
#include "client/base/random.h"
#include "client/crypto/openssl.h"

namespace signet::crypto {
namespace {

// Never freed: other threads may seal while the process ends.
const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

absl::Status CheckSizes(const base::Secret& key, absl::string_view data,
                        absl::string_view context) {
  if (key.size() != kAeadKeySize) {
    return absl::InvalidArgumentError("an AES-256-GCM key has 32 bytes");
  }
  if (data.size() > INT_MAX || context.size() > INT_MAX) {
    return absl::InvalidArgumentError("too long to seal");
  }
  return absl::OkStatus();
}

unsigned char* Out(std::string& text, size_t at) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}

// Both directions of GCM feed the same things in the same order.
bool Feed(EVP_CIPHER_CTX* cipher, absl::string_view context, absl::string_view data,
          unsigned char* out) {
  int length = 0;
  return EVP_CipherUpdate(cipher, nullptr, &length, Bytes(context),
                          static_cast<int>(context.size())) == 1 &&
         EVP_CipherUpdate(cipher, out, &length, Bytes(data), static_cast<int>(data.size())) == 1;
}

}  // namespace

absl::StatusOr<std::string> Seal(const base::Secret& key, absl::string_view plaintext,
                                 absl::string_view context) {
  if (absl::Status sizes = CheckSizes(key, plaintext, context); !sizes.ok()) return sizes;
  std::string sealed = base::RandomBytes(kAeadNonceSize);
  sealed.resize(kAeadNonceSize + plaintext.size() + kAeadTagSize);
  const CipherContextPtr cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  if (!cipher ||
      EVP_EncryptInit_ex2(cipher.get(), Aes256Gcm(), Bytes(key.reveal()), Bytes(sealed), nullptr) !=
          1 ||
      !Feed(cipher.get(), context, plaintext, Out(sealed, kAeadNonceSize)) ||
      EVP_EncryptFinal_ex(cipher.get(), Out(sealed, sealed.size() - kAeadTagSize), &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kAeadTagSize,
                          Out(sealed, sealed.size() - kAeadTagSize)) != 1) {
    return absl::InternalError("AES-256-GCM failed");
  }
  return sealed;
}

absl::StatusOr<base::Secret> Open(const base::Secret& key, absl::string_view sealed,
                                  absl::string_view context) {
  if (absl::Status sizes = CheckSizes(key, sealed, context); !sizes.ok()) return sizes;
  const absl::Status refused = absl::DataLossError("sealed value does not open");
  if (sealed.size() < kAeadNonceSize + kAeadTagSize) return refused;
  const absl::string_view ciphertext =
      sealed.substr(kAeadNonceSize, sealed.size() - kAeadNonceSize - kAeadTagSize);
  std::string tag(sealed.substr(sealed.size() - kAeadTagSize));
  // One byte more: OpenSSL takes a null output for "this is context", so it may never be null.
  std::string plaintext(ciphertext.size() + 1, '\0');
  const CipherContextPtr cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  const bool ok =
      cipher &&
      EVP_DecryptInit_ex2(cipher.get(), Aes256Gcm(), Bytes(key.reveal()), Bytes(sealed), nullptr) ==
          1 &&
      Feed(cipher.get(), context, ciphertext, Out(plaintext, 0)) &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), Out(plaintext, ciphertext.size()), &length) == 1;
  if (!ok) {
    base::Wipe(plaintext);  // unauthenticated plaintext goes nowhere
    return refused;
  }
  plaintext.pop_back();
  return base::Secret(std::move(plaintext));
}

}  // namespace signet::crypto

#include "client/crypto/digest.h"

#include <cstdlib>
#include <initializer_list>

#include <openssl/crypto.h>

#include "client/crypto/openssl.h"

namespace signet::crypto {
namespace {

// Never freed: other threads may hash while the process ends.
const EVP_MD* Fetch(const char* name) {
  EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr);
  if (digest == nullptr) std::abort();
  return digest;
}

const EVP_MD* Sha256Method() {
  static const EVP_MD* const method = Fetch("SHA256");
  return method;
}

const EVP_MD* Sha384Method() {
  static const EVP_MD* const method = Fetch("SHA384");
  return method;
}

template <size_t kSize>
std::array<uint8_t, kSize> Hash(EVP_MD_CTX* context, const EVP_MD* method,
                                std::initializer_list<absl::string_view> parts) {
  std::array<uint8_t, kSize> digest;
  bool ok = context != nullptr && EVP_DigestInit_ex2(context, method, nullptr) == 1;
  for (const absl::string_view part : parts) {
    ok = ok && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  }
  // A wrong digest would verify or derive something else: better no process than that.
  if (!ok || EVP_DigestFinal_ex(context, digest.data(), nullptr) != 1) std::abort();
  return digest;
}

Sha256Digest HashSha256(std::initializer_list<absl::string_view> parts) {
  thread_local const DigestContextPtr context(EVP_MD_CTX_new());
  return Hash<32>(context.get(), Sha256Method(), parts);
}

constexpr size_t kHmacBlock = 64;
using HmacPad = std::array<char, kHmacBlock>;

absl::string_view View(const HmacPad& pad) { return absl::string_view(pad.data(), pad.size()); }

void Xor(HmacPad& pad, uint8_t value) {
  for (char& c : pad) c = static_cast<char>(static_cast<uint8_t>(c) ^ value);
}

}  // namespace

Sha256Digest Sha256(absl::string_view data) { return HashSha256({data}); }

Sha384Digest Sha384(absl::string_view data) {
  thread_local const DigestContextPtr context(EVP_MD_CTX_new());
  return Hash<48>(context.get(), Sha384Method(), {data});
}

Sha256Digest HmacSha256(absl::string_view key, absl::string_view data) {
  HmacPad pad{};
  if (key.size() > kHmacBlock) {
    Sha256Digest hashed = Sha256(key);
    DigestView(hashed).copy(pad.data(), hashed.size());
    OPENSSL_cleanse(hashed.data(), hashed.size());
  } else {
    key.copy(pad.data(), key.size());
  }
  Xor(pad, 0x36);
  const Sha256Digest inner = HashSha256({View(pad), data});
  Xor(pad, 0x36 ^ 0x5c);
  const Sha256Digest outer = HashSha256({View(pad), DigestView(inner)});
  OPENSSL_cleanse(pad.data(), pad.size());
  return outer;
}

}  // namespace signet::crypto

#include "client/base/secret.h"

#include <utility>

#include <openssl/crypto.h>

namespace signet::base {

Secret::Secret(absl::string_view bytes) : bytes_(bytes.data(), bytes.size()) {}

Secret::Secret(std::string&& bytes) : bytes_(bytes.data(), bytes.size()) { Wipe(bytes); }

// A plain move of std::string leaves short strings behind in the source: copy and wipe instead.
Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) { Wipe(other.bytes_); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe(bytes_);
    bytes_ = other.bytes_;
    Wipe(other.bytes_);
  }
  return *this;
}

Secret::~Secret() { Wipe(bytes_); }

bool ConstantTimeEquals(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void Wipe(std::string& bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

}  // namespace signet::base

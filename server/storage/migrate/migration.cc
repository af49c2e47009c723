#include "server/storage/migrate/migration.h"

#include <array>

#include <openssl/evp.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace signet::storage {

std::string Migration::Checksum() const {
  const std::string text = absl::StrCat(up, "\n-- down --\n", down);
  std::array<unsigned char, 32> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::string DisplayName(int version, absl::string_view name) {
  return absl::StrFormat("%04d_%s", version, name);
}

}  // namespace signet::storage

#include "server/passwords/bcrypt.h"

#include <memory>
#include <string>

#include <crypt.h>
#include <openssl/crypto.h>

#include "absl/strings/string_view.h"

namespace signet::passwords {
namespace {

constexpr size_t kBcryptPasswordBytes = 72;
constexpr size_t kDigestDigits = 31;  // the end of the 60 characters; before it stands the salt

// 32 KiB, too much for a worker's stack frame, and full of key schedule afterwards.
struct WipedCryptData {
  crypt_data data{};
  ~WipedCryptData() { OPENSSL_cleanse(&data, sizeof data); }
};

absl::string_view Digest(absl::string_view text) {
  return text.substr(text.size() - kDigestDigits);
}

}  // namespace

bool BcryptMatches(const base::Secret& password, const BcryptHash& stored) {
  const absl::string_view typed = password.reveal();
  if (typed.find('\0') != absl::string_view::npos) return false;
  // Cut here: crypt_r refuses more than 511 bytes, where bcrypt itself only ignores them.
  std::string phrase(typed.substr(0, kBcryptPasswordBytes));
  const auto scratch = std::make_unique<WipedCryptData>();
  const char* const computed = crypt_r(phrase.c_str(), stored.text.c_str(), &scratch->data);
  base::Wipe(phrase);
  if (computed == nullptr) return false;
  const absl::string_view text(computed);
  // A failure answers with a short string that begins with '*'.
  if (text.size() != stored.text.size()) return false;
  // The digest alone: a salt whose last character has spare bits comes back in another spelling.
  return base::ConstantTimeEquals(Digest(text), Digest(stored.text));
}

}  // namespace signet::passwords

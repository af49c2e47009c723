#include "server/signing/key_encryption_key.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"
#include "client/crypto/aead.h"
#include "client/crypto/digest.h"
#include "server/signing/private_file.h"

namespace signet::signing {
namespace {

constexpr size_t kLongestFile = 256;

bool IsHex(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// The bytes of `text` in the spelling that its length tells: 64 is hex, 43 and 44 are base64.
std::optional<base::Secret> Decode(absl::string_view text) {
  if (text.size() == 2 * crypto::kAeadKeySize) {
    if (!IsHex(text)) return std::nullopt;
    return base::Secret(absl::HexStringToBytes(text));
  }
  if (text.size() == 44 && text.back() == '=') text.remove_suffix(1);
  std::string url_form(text);
  for (char& c : url_form) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  auto bytes = base::Base64UrlDecode(url_form);
  base::Wipe(url_form);
  if (!bytes) return std::nullopt;
  return base::Secret(*std::move(bytes));
}

}  // namespace

KeyEncryptionKey::KeyEncryptionKey(base::Secret key) : key_(std::move(key)) {
  std::string labelled = absl::StrCat(key_.reveal(), "signet-kek-id");
  id_ = absl::BytesToHexString(crypto::DigestView(crypto::Sha256(labelled)).substr(0, 8));
  base::Wipe(labelled);
}

KeyEncryptionKey::KeyEncryptionKey(std::shared_ptr<const domain::RemoteSeal> keeper)
    : keeper_(std::move(keeper)), id_(keeper_->id()) {}

KeyEncryptionKey KeyEncryptionKey::Remote(std::shared_ptr<const domain::RemoteSeal> keeper) {
  return KeyEncryptionKey(std::move(keeper));
}

absl::StatusOr<KeyEncryptionKey> KeyEncryptionKey::Make(base::Secret key) {
  if (key.size() != crypto::kAeadKeySize) {
    return absl::InvalidArgumentError(
        "a key-encryption key is exactly 32 bytes, as 64 hex digits or base64");
  }
  if (key.reveal().find_first_not_of('\0') == absl::string_view::npos) {
    return absl::InvalidArgumentError(
        "the key-encryption key is all zeros: make a random one (openssl rand -hex 32)");
  }
  return KeyEncryptionKey(std::move(key));
}

absl::StatusOr<KeyEncryptionKey> KeyEncryptionKey::FromText(const base::Secret& text) {
  std::optional<base::Secret> key = Decode(absl::StripAsciiWhitespace(text.reveal()));
  return Make(key ? *std::move(key) : base::Secret());
}

absl::StatusOr<KeyEncryptionKey> KeyEncryptionKey::FromFile(const std::string& path) {
  SIGNET_ASSIGN_OR_RETURN(base::Secret content,
                          ReadPrivateFile(path, "key-encryption key", kLongestFile));
  absl::StatusOr<KeyEncryptionKey> key =
      content.size() == crypto::kAeadKeySize ? Make(std::move(content)) : FromText(content);
  if (key.ok()) return key;
  return absl::Status(key.status().code(), absl::StrCat(path, ": ", key.status().message()));
}

absl::Status KeyEncryptionKey::CreateFile(const std::string& path) {
  const base::Secret key(base::RandomBytes(crypto::kAeadKeySize));
  const base::Secret text(absl::StrCat(absl::BytesToHexString(key.reveal()), "\n"));
  return CreatePrivateFile(path, "key-encryption key", text);
}

absl::StatusOr<std::string> KeyEncryptionKey::Seal(const base::Secret& plaintext,
                                                   absl::string_view context) const {
  if (keeper_ != nullptr) return keeper_->Seal(plaintext, context);
  return crypto::Seal(key_, plaintext.reveal(), context);
}

absl::StatusOr<base::Secret> KeyEncryptionKey::Open(absl::string_view sealed,
                                                    absl::string_view context) const {
  if (keeper_ != nullptr) return keeper_->Open(sealed, context);
  return crypto::Open(key_, sealed, context);
}

}  // namespace signet::signing

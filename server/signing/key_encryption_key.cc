#include "server/signing/key_encryption_key.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"
#include "client/crypto/aead.h"
#include "client/crypto/digest.h"

namespace signet::signing {
namespace {

constexpr size_t kLongestFile = 256;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }

 private:
  const int descriptor_;
};

absl::Status CheckPermissions(const File& file, const std::string& path) {
  struct stat status = {};
  if (fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("key-encryption key ", path, " is no regular file"));
  }
  const mode_t forbidden = status.st_uid == 0 ? 0037 : 0077;
  if ((status.st_mode & forbidden) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "key-encryption key ", path, " may be read or changed by others: chmod 600 it"));
  }
  return absl::OkStatus();
}

base::Secret ReadUpTo(const File& file, size_t limit) {
  std::string bytes(limit, '\0');
  size_t filled = 0;
  while (filled < limit) {
    const ssize_t got = read(file.descriptor(), bytes.data() + filled, limit - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  base::Secret content(absl::string_view(bytes).substr(0, filled));
  base::Wipe(bytes);
  return content;
}

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

bool WriteAll(const File& file, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file.descriptor(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file.descriptor()) == 0;
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
  // Not blocking: opening a pipe would wait for its writer for ever.
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.open()) {
    return absl::NotFoundError(
        absl::StrCat("cannot open the key-encryption key ", path, ": ", std::strerror(errno)));
  }
  SIGNET_RETURN_IF_ERROR(CheckPermissions(file, path));
  base::Secret content = ReadUpTo(file, kLongestFile);
  absl::StatusOr<KeyEncryptionKey> key =
      content.size() == crypto::kAeadKeySize ? Make(std::move(content)) : FromText(content);
  if (key.ok()) return key;
  return absl::Status(key.status().code(), absl::StrCat(path, ": ", key.status().message()));
}

absl::Status KeyEncryptionKey::CreateFile(const std::string& path) {
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.open()) {
    const absl::StatusCode code =
        errno == EEXIST ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kFailedPrecondition;
    return absl::Status(code, absl::StrCat("cannot create the key-encryption key ", path, ": ",
                                           std::strerror(errno)));
  }
  const base::Secret key(base::RandomBytes(crypto::kAeadKeySize));
  std::string text = absl::StrCat(absl::BytesToHexString(key.reveal()), "\n");
  const bool written = WriteAll(file, text);
  base::Wipe(text);
  if (written) return absl::OkStatus();
  unlink(path.c_str());  // half a key would look like a damaged one at the next start
  return absl::InternalError(absl::StrCat("cannot write the key-encryption key ", path));
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

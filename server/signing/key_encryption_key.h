#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/ports/remote_seal.h"

namespace signet::signing {

// The key that seals every other secret at rest, AES-256-GCM. It never reaches the
// database; without it a copy of the database signs nothing. It is held here, or somebody else
// keeps it and is asked each time (domain::RemoteSeal). Immutable and thread-safe.
class KeyEncryptionKey {
 public:
  // The key in a file of exactly 32 raw bytes, or of the text that FromText() reads.
  //
  // FAILED_PRECONDITION where someone else could read or change it: any permission for others,
  // writing or executing for the group, or group reading of a file that is not root's (secrets
  // mounted as root:service 0440 are accepted), or no regular file. NOT_FOUND: cannot be opened.
  // Messages name the path and what to do, never what stands in the file.
  static absl::StatusOr<KeyEncryptionKey> FromFile(const std::string& path);

  // Exactly 32 bytes as 64 hex digits, or as base64 or base64url with or without padding; blanks
  // around it are ignored. INVALID_ARGUMENT for anything else, and for 32 zero bytes, which only a
  // placeholder has. For an environment variable, which other processes of the same user can read:
  // prefer a file.
  static absl::StatusOr<KeyEncryptionKey> FromText(const base::Secret& text);

  // A key that `keeper` keeps. Seal() and Open() are its own, with its errors; id() is its id.
  static KeyEncryptionKey Remote(std::shared_ptr<const domain::RemoteSeal> keeper);

  // Writes a new random key (64 hex digits) to `path`, readable by its owner alone, and syncs it.
  // ALREADY_EXISTS, and nothing written, where there is such a file: overwriting a key loses
  // everything it sealed.
  static absl::Status CreateFile(const std::string& path);

  // The first 16 hex digits of SHA-256(key || "signet-kek-id"), or the id of a key that is kept
  // elsewhere: which key sealed a row, without a hint to the key itself. Public.
  const std::string& id() const { return id_; }

  // Whether somebody else is asked each time, for as long as he takes.
  bool remote() const { return keeper_ != nullptr; }

  // Seals under this key. `context` says what and whose the secret is, and has to be the same when
  // it is opened: a sealed value cannot be moved to another row or purpose.
  absl::StatusOr<std::string> Seal(const base::Secret& plaintext, absl::string_view context) const;

  // DATA_LOSS: changed, of another context, or sealed under another key.
  absl::StatusOr<base::Secret> Open(absl::string_view sealed, absl::string_view context) const;

 private:
  explicit KeyEncryptionKey(base::Secret key);
  explicit KeyEncryptionKey(std::shared_ptr<const domain::RemoteSeal> keeper);
  static absl::StatusOr<KeyEncryptionKey> Make(base::Secret key);

  base::Secret key_;                                  // or
  std::shared_ptr<const domain::RemoteSeal> keeper_;  // null: the key is here
  std::string id_;
};

}  // namespace signet::signing

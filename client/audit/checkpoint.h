#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/audit/hash_tree.h"
#include "client/base/secret.h"
#include "client/crypto/private_key.h"
#include "client/crypto/public_key.h"

namespace signet::audit {

// The state of the log at one moment, signed: whoever keeps one notices any later change to what
// it covers. In the form of transparency logs (C2SP tlog-checkpoint and signed-note), so that their
// tools read it:
//
//   id.example.com/audit                             origin: which log
//   1042                                             how many events
//   <base64 of the root hash>
//   time 2026-11-25T16:00:00.123456Z                 extensions: when it was sealed,
//   previous <base64 of SHA-256 of the note before>  "-" in the first one
//
//   — id.example.com/audit <base64 of key id and Ed25519 signature over everything above>
struct Checkpoint {
  std::string origin;
  int64_t size = 0;
  Hash root;
  absl::Time at;         // whole microseconds
  std::string previous;  // 32 bytes, or empty

  bool operator==(const Checkpoint&) const = default;
};

// NoteHash(): what the next checkpoint names as its previous one.
std::string NoteHash(absl::string_view note);

// Checks notes. "id.example.com/audit+1a2b3c4d+<base64>" in text, the verifier key of signed notes:
// an auditor keeps it where nobody with the database can reach it. Immutable, thread-safe.
class CheckpointVerifier {
 public:
  CheckpointVerifier(std::string origin, crypto::VerifyingKey key);
  // INVALID_ARGUMENT for anything but exactly such a text of an Ed25519 key.
  static absl::StatusOr<CheckpointVerifier> FromText(absl::string_view text);
  std::string ToText() const;

  // The checkpoint of a note that this key signed for this origin. DATA_LOSS, saying what is wrong,
  // for any other text.
  absl::StatusOr<Checkpoint> Read(absl::string_view note) const;

  const std::string& origin() const { return origin_; }

 private:
  std::string origin_;
  crypto::VerifyingKey key_;
  std::string key_id_;  // 4 bytes
};

// Signs checkpoints of one log. Immutable, thread-safe.
class CheckpointSigner {
 public:
  // `seed`: the 32 bytes of an Ed25519 private key (RFC 8032). `origin`: without blanks and '+'.
  static absl::StatusOr<CheckpointSigner> FromSeed(std::string origin, const base::Secret& seed);

  // The note. `checkpoint.origin` is not looked at: it is this signer's.
  absl::StatusOr<std::string> Sign(const Checkpoint& checkpoint) const;

  const CheckpointVerifier& verifier() const { return verifier_; }

 private:
  CheckpointSigner(crypto::SigningKey key, CheckpointVerifier verifier)
      : key_(std::move(key)), verifier_(std::move(verifier)) {}

  crypto::SigningKey key_;
  CheckpointVerifier verifier_;
};

}  // namespace signet::audit

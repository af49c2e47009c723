#include "client/audit/checkpoint.h"

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/base/status_macros.h"
#include "client/crypto/digest.h"

namespace signet::audit {
namespace {

constexpr size_t kKeyIdSize = 4;
constexpr char kEd25519 = '\x01';  // signed-note: the first byte of its public keys
constexpr absl::string_view kDash = "\xe2\x80\x94 ";  // an em dash and a blank
constexpr absl::string_view kTimeFormat = "%Y-%m-%dT%H:%M:%E6SZ";
// RFC 8410: what stands before the seed in a PKCS #8 structure.
constexpr absl::string_view kPkcs8Prefix(
    "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);

// Base64 has several texts for one value; only the one that we would write is read.
std::optional<std::string> Unbase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) return std::nullopt;
  return bytes;
}

std::string PublicBytes(const crypto::VerifyingKey& key) {
  return absl::StrCat(std::string(1, kEd25519), key.parameters().x);
}

std::string KeyId(absl::string_view origin, const crypto::VerifyingKey& key) {
  return crypto::Sha256Bytes(absl::StrCat(origin, "\n", PublicBytes(key))).substr(0, kKeyIdSize);
}

std::string BodyOf(const Checkpoint& checkpoint) {
  return absl::StrCat(
      checkpoint.origin, "\n", checkpoint.size, "\n", absl::Base64Escape(checkpoint.root), "\n",
      "time ", absl::FormatTime(kTimeFormat, checkpoint.at, absl::UTCTimeZone()), "\n", "previous ",
      checkpoint.previous.empty() ? "-" : absl::Base64Escape(checkpoint.previous), "\n");
}

// The checkpoint of exactly the text that BodyOf() writes.
std::optional<Checkpoint> ParseBody(absl::string_view body) {
  std::vector<absl::string_view> lines = absl::StrSplit(body, '\n');
  if (lines.size() != 6 || !absl::ConsumePrefix(&lines[3], "time ") ||
      !absl::ConsumePrefix(&lines[4], "previous ")) {
    return std::nullopt;
  }
  Checkpoint checkpoint;
  checkpoint.origin = std::string(lines[0]);
  const auto root = Unbase64(lines[2]);
  std::string error;
  if (!absl::SimpleAtoi(lines[1], &checkpoint.size) || !root || root->size() != kHashSize ||
      !absl::ParseTime(kTimeFormat, lines[3], absl::UTCTimeZone(), &checkpoint.at, &error)) {
    return std::nullopt;
  }
  checkpoint.root = *root;
  if (lines[4] != "-") {
    const auto previous = Unbase64(lines[4]);
    if (!previous || previous->size() != kHashSize) return std::nullopt;
    checkpoint.previous = *previous;
  }
  if (BodyOf(checkpoint) != body) return std::nullopt;
  return checkpoint;
}

absl::Status Bad(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("checkpoint: ", what));
}

}  // namespace

std::string NoteHash(absl::string_view note) { return crypto::Sha256Bytes(note); }

CheckpointVerifier::CheckpointVerifier(std::string origin, crypto::VerifyingKey key)
    : origin_(std::move(origin)), key_(std::move(key)), key_id_(KeyId(origin_, key_)) {}

absl::StatusOr<CheckpointVerifier> CheckpointVerifier::FromText(absl::string_view text) {
  const absl::Status bad = absl::InvalidArgumentError("not the verifier key of an audit log");
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('+', 2));
  if (parts.size() != 3 || parts[0].empty()) return bad;
  const auto bytes = Unbase64(parts[2]);
  if (!bytes || bytes->size() != 1 + kHashSize || (*bytes)[0] != kEd25519) return bad;
  auto key = crypto::VerifyingKey::Make(crypto::Algorithm::kEdDsa, {.x = bytes->substr(1)});
  if (!key.ok()) return bad;
  CheckpointVerifier verifier(parts[0], *std::move(key));
  if (absl::BytesToHexString(verifier.key_id_) != parts[1]) return bad;
  return verifier;
}

std::string CheckpointVerifier::ToText() const {
  return absl::StrCat(origin_, "+", absl::BytesToHexString(key_id_), "+",
                      absl::Base64Escape(PublicBytes(key_)));
}

absl::StatusOr<Checkpoint> CheckpointVerifier::Read(absl::string_view note) const {
  const size_t blank = note.find("\n\n");
  if (blank == absl::string_view::npos) return Bad("it has no signature");
  const absl::string_view body = note.substr(0, blank + 1);
  absl::string_view signature_line = note.substr(blank + 2);
  const std::string start = absl::StrCat(kDash, origin_, " ");
  if (!absl::ConsumePrefix(&signature_line, start) || !absl::ConsumeSuffix(&signature_line, "\n")) {
    return Bad(absl::StrCat("it is not signed by ", origin_));
  }
  const auto signature = Unbase64(signature_line);
  if (!signature || signature->substr(0, kKeyIdSize) != key_id_) {
    return Bad("it is signed by another key");
  }
  if (!key_.Verify(body, signature->substr(kKeyIdSize))) return Bad("its signature is wrong");
  const auto checkpoint = ParseBody(body);
  if (!checkpoint) return Bad("it cannot be read");
  if (checkpoint->origin != origin_) return Bad("it is of another log");
  return *checkpoint;
}

absl::StatusOr<CheckpointSigner> CheckpointSigner::FromSeed(std::string origin,
                                                            const base::Secret& seed) {
  if (seed.size() != kHashSize) return absl::InvalidArgumentError("an Ed25519 seed has 32 bytes");
  const base::Secret der(absl::StrCat(kPkcs8Prefix, seed.reveal()));
  SIGNET_ASSIGN_OR_RETURN(crypto::SigningKey key,
                          crypto::SigningKey::FromPkcs8(crypto::Algorithm::kEdDsa, der));
  CheckpointVerifier verifier(std::move(origin), key.verifying_key());
  return CheckpointSigner(std::move(key), std::move(verifier));
}

absl::StatusOr<std::string> CheckpointSigner::Sign(const Checkpoint& checkpoint) const {
  Checkpoint ours = checkpoint;
  ours.origin = verifier_.origin();
  const std::string body = BodyOf(ours);
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, key_.Sign(body));
  const std::string key_id = KeyId(verifier_.origin(), key_.verifying_key());
  return absl::StrCat(body, "\n", kDash, verifier_.origin(), " ",
                      absl::Base64Escape(absl::StrCat(key_id, signature)), "\n");
}

}  // namespace signet::audit

#include "server/domain/sessions/refresh_token.h"

#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/crypto/digest.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kPrefix = "sgr_";
constexpr char kVersion = 1;
constexpr size_t kIdSize = 16;
constexpr size_t kSecretSize = 32;
constexpr size_t kUserAt = 1;
constexpr size_t kSessionAt = kUserAt + kIdSize;
constexpr size_t kGenerationAt = kSessionAt + kIdSize;
constexpr size_t kSecretAt = kGenerationAt + 4;
constexpr size_t kChecksumAt = kSecretAt + kSecretSize;
constexpr size_t kSize = kChecksumAt + 4;

std::string Digest(absl::string_view bytes) {
  const auto digest = crypto::Sha256(bytes);
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

std::string Checksum(absl::string_view body) { return Digest(body).substr(0, 4); }

void AppendBigEndian(int32_t value, std::string& out) {
  const auto bits = static_cast<uint32_t>(value);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
}

int64_t ReadBigEndian(absl::string_view bytes) {
  int64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

}  // namespace

base::Secret RefreshToken::Encode() const {
  std::string body(1, kVersion);
  body.reserve(kSize);
  body.append(user_id.bytes().data(), kIdSize);
  body.append(session_id.bytes().data(), kIdSize);
  AppendBigEndian(generation, body);
  body.append(secret.reveal().data(), secret.size());
  body += Checksum(body);
  std::string text(kPrefix);
  base::Base64UrlAppend(body, text);
  base::Wipe(body);
  return base::Secret(std::move(text));
}

std::optional<RefreshToken> RefreshToken::Parse(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kPrefix)) return std::nullopt;
  std::string decoded;
  const bool canonical = base::Base64UrlDecode(text, decoded);
  const base::Secret holder(std::move(decoded));  // wiped on every way out
  const absl::string_view body = holder.reveal();
  if (!canonical || body.size() != kSize || body[0] != kVersion) return std::nullopt;
  if (Checksum(body.substr(0, kChecksumAt)) != body.substr(kChecksumAt)) return std::nullopt;
  const int64_t generation = ReadBigEndian(body.substr(kGenerationAt, 4));
  // The last generation has no successor: nobody gets there in a lineage's life.
  if (generation >= std::numeric_limits<int32_t>::max()) return std::nullopt;

  RefreshToken token;
  token.user_id = *base::UserId::FromBytes(body.substr(kUserAt, kIdSize));
  token.session_id = *base::SessionId::FromBytes(body.substr(kSessionAt, kIdSize));
  token.generation = static_cast<int32_t>(generation);
  token.secret = base::Secret(body.substr(kSecretAt, kSecretSize));
  return token;
}

std::string RefreshToken::SecretHash() const { return Digest(secret.reveal()); }

Presented RefreshToken::ToPresented() const {
  return Presented{user_id, session_id, generation, SecretHash()};
}

}  // namespace signet::domain

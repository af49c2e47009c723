#include "server/domain/sessions/refresh_token.h"

#include <limits>
#include <utility>

#include "client/base/big_endian.h"
#include "server/domain/secret_token.h"

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
constexpr size_t kSize = kSecretAt + kSecretSize;

}  // namespace

base::Secret RefreshToken::Encode() const {
  std::string body;
  body.reserve(kSize);
  body.push_back(kVersion);
  body.append(user_id.bytes().data(), kIdSize);
  body.append(session_id.bytes().data(), kIdSize);
  base::AppendBigEndian(static_cast<uint32_t>(generation), 4, body);
  body.append(secret.reveal().data(), secret.size());
  return EncodeSecretToken(kPrefix, std::move(body));
}

std::optional<RefreshToken> RefreshToken::Parse(absl::string_view text) {
  const std::optional<base::Secret> decoded = DecodeSecretToken(kPrefix, kSize, text);
  if (!decoded) return std::nullopt;
  const absl::string_view body = decoded->reveal();
  if (body[0] != kVersion) return std::nullopt;
  const uint64_t generation = base::ReadBigEndian(body.substr(kGenerationAt, 4));
  // The last generation has no successor: nobody gets there in a lineage's life.
  if (generation >= std::numeric_limits<int32_t>::max()) return std::nullopt;

  RefreshToken token;
  token.user_id = *base::UserId::FromBytes(body.substr(kUserAt, kIdSize));
  token.session_id = *base::SessionId::FromBytes(body.substr(kSessionAt, kIdSize));
  token.generation = static_cast<int32_t>(generation);
  token.secret = base::Secret(body.substr(kSecretAt, kSecretSize));
  return token;
}

std::string RefreshToken::SecretHash() const { return TokenSecretHash(secret); }

Presented RefreshToken::ToPresented() const {
  return Presented{user_id, session_id, generation, SecretHash()};
}

}  // namespace signet::domain

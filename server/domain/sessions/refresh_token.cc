#include "server/domain/sessions/refresh_token.h"

#include <limits>
#include <utility>

#include "client/base/big_endian.h"
#include "server/domain/secret_token.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kRefreshPrefix = "sgr_";
constexpr char kRefreshVersion = 1;
constexpr size_t kRefreshUserAt = 1;
constexpr size_t kRefreshSessionAt = kRefreshUserAt + kTokenIdSize;
constexpr size_t kGenerationAt = kRefreshSessionAt + kTokenIdSize;
constexpr size_t kRefreshSecretAt = kGenerationAt + 4;
constexpr size_t kRefreshSize = kRefreshSecretAt + kTokenSecretSize;

}  // namespace

base::Secret RefreshToken::Encode() const {
  std::string body;
  body.reserve(kRefreshSize);
  body.push_back(kRefreshVersion);
  body.append(user_id.bytes().data(), kTokenIdSize);
  body.append(session_id.bytes().data(), kTokenIdSize);
  base::AppendBigEndian(static_cast<uint32_t>(generation), 4, body);
  body.append(secret.reveal().data(), secret.size());
  return EncodeSecretToken(kRefreshPrefix, std::move(body));
}

std::optional<RefreshToken> RefreshToken::Parse(absl::string_view text) {
  const std::optional<base::Secret> decoded = DecodeSecretToken(kRefreshPrefix, kRefreshSize, text);
  if (!decoded) return std::nullopt;
  const absl::string_view body = decoded->reveal();
  if (body[0] != kRefreshVersion) return std::nullopt;
  const uint64_t generation = base::ReadBigEndian(body.substr(kGenerationAt, 4));
  // The last generation has no successor: nobody gets there in a lineage's life.
  if (generation >= std::numeric_limits<int32_t>::max()) return std::nullopt;

  RefreshToken token;
  token.user_id = *base::UserId::FromBytes(body.substr(kRefreshUserAt, kTokenIdSize));
  token.session_id = *base::SessionId::FromBytes(body.substr(kRefreshSessionAt, kTokenIdSize));
  token.generation = static_cast<int32_t>(generation);
  token.secret = base::Secret(body.substr(kRefreshSecretAt, kTokenSecretSize));
  return token;
}

std::string RefreshToken::SecretHash() const { return TokenSecretHash(secret); }

Presented RefreshToken::ToPresented() const {
  return Presented{user_id, session_id, generation, SecretHash()};
}

}  // namespace signet::domain

#include "server/domain/mail/email_token.h"

#include <utility>

#include "client/base/random.h"
#include "server/domain/secret_token.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kPrefix = "sge_";
constexpr char kVersion = 1;
constexpr size_t kUserAt = 2;
constexpr size_t kSecretAt = kUserAt + kTokenIdSize;
constexpr size_t kSize = kSecretAt + kTokenSecretSize;

}  // namespace

EmailToken EmailToken::New(base::UserId user, EmailTokenPurpose purpose) {
  return {user, purpose, base::Secret(base::RandomBytes(kTokenSecretSize))};
}

base::Secret EmailToken::Encode() const {
  std::string body;
  body.reserve(kSize);
  body.push_back(kVersion);
  body.push_back(static_cast<char>(purpose));
  body.append(user_id.bytes().data(), kTokenIdSize);
  body.append(secret.reveal().data(), secret.size());
  return EncodeSecretToken(kPrefix, std::move(body));
}

std::optional<EmailToken> EmailToken::Parse(absl::string_view text) {
  const std::optional<base::Secret> decoded = DecodeSecretToken(kPrefix, kSize, text);
  if (!decoded) return std::nullopt;
  const absl::string_view body = decoded->reveal();
  if (body[0] != kVersion || body[1] < 1 || body[1] > 4) return std::nullopt;
  EmailToken token;
  token.purpose = static_cast<EmailTokenPurpose>(body[1]);
  token.user_id = *base::UserId::FromBytes(body.substr(kUserAt, kTokenIdSize));
  token.secret = base::Secret(body.substr(kSecretAt, kTokenSecretSize));
  return token;
}

std::string EmailToken::SecretHash() const { return TokenSecretHash(secret); }

}  // namespace signet::domain

#include "server/domain/mail/email_token.h"

#include <utility>

#include "client/base/random.h"
#include "server/domain/secret_token.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kEmailPrefix = "sge_";
constexpr char kEmailVersion = 1;
constexpr size_t kEmailUserAt = 2;
constexpr size_t kEmailSecretAt = kEmailUserAt + kTokenIdSize;
constexpr size_t kEmailSize = kEmailSecretAt + kTokenSecretSize;

}  // namespace

EmailToken EmailToken::New(base::UserId user, EmailTokenPurpose purpose) {
  return {user, purpose, base::Secret(base::RandomBytes(kTokenSecretSize))};
}

base::Secret EmailToken::Encode() const {
  std::string body;
  body.reserve(kEmailSize);
  body.push_back(kEmailVersion);
  body.push_back(static_cast<char>(purpose));
  body.append(user_id.bytes().data(), kTokenIdSize);
  body.append(secret.reveal().data(), secret.size());
  return EncodeSecretToken(kEmailPrefix, std::move(body));
}

std::optional<EmailToken> EmailToken::Parse(absl::string_view text) {
  const std::optional<base::Secret> decoded = DecodeSecretToken(kEmailPrefix, kEmailSize, text);
  if (!decoded) return std::nullopt;
  const absl::string_view body = decoded->reveal();
  if (body[0] != kEmailVersion || body[1] < 1 || body[1] > 4) return std::nullopt;
  EmailToken token;
  token.purpose = static_cast<EmailTokenPurpose>(body[1]);
  token.user_id = *base::UserId::FromBytes(body.substr(kEmailUserAt, kTokenIdSize));
  token.secret = base::Secret(body.substr(kEmailSecretAt, kTokenSecretSize));
  return token;
}

std::string EmailToken::SecretHash() const { return TokenSecretHash(secret); }

}  // namespace signet::domain

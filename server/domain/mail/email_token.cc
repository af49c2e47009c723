#include "server/domain/mail/email_token.h"

#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/base/random.h"
#include "client/crypto/digest.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kPrefix = "sge_";
constexpr char kVersion = 1;
constexpr size_t kIdSize = 16;
constexpr size_t kSecretSize = 32;
constexpr size_t kUserAt = 2;
constexpr size_t kSecretAt = kUserAt + kIdSize;
constexpr size_t kChecksumAt = kSecretAt + kSecretSize;
constexpr size_t kSize = kChecksumAt + 4;

std::string Digest(absl::string_view bytes) {
  return std::string(crypto::DigestView(crypto::Sha256(bytes)));
}

std::string Checksum(absl::string_view body) { return Digest(body).substr(0, 4); }

}  // namespace

EmailToken EmailToken::New(base::UserId user, EmailTokenPurpose purpose) {
  return {user, purpose, base::Secret(base::RandomBytes(kSecretSize))};
}

base::Secret EmailToken::Encode() const {
  std::string body;
  body.reserve(kSize);
  body.push_back(kVersion);
  body.push_back(static_cast<char>(purpose));
  body.append(user_id.bytes().data(), kIdSize);
  body.append(secret.reveal().data(), secret.size());
  body += Checksum(body);
  std::string text(kPrefix);
  base::Base64UrlAppend(body, text);
  base::Wipe(body);
  return base::Secret(std::move(text));
}

std::optional<EmailToken> EmailToken::Parse(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kPrefix)) return std::nullopt;
  std::string decoded;
  const bool canonical = base::Base64UrlDecode(text, decoded);
  const base::Secret holder(std::move(decoded));  // wiped on every way out
  const absl::string_view body = holder.reveal();
  if (!canonical || body.size() != kSize || body[0] != kVersion) return std::nullopt;
  if (body[1] < 1 || body[1] > 4) return std::nullopt;
  if (Checksum(body.substr(0, kChecksumAt)) != body.substr(kChecksumAt)) return std::nullopt;
  EmailToken token;
  token.purpose = static_cast<EmailTokenPurpose>(body[1]);
  token.user_id = *base::UserId::FromBytes(body.substr(kUserAt, kIdSize));
  token.secret = base::Secret(body.substr(kSecretAt, kSecretSize));
  return token;
}

std::string EmailToken::SecretHash() const { return Digest(secret.reveal()); }

}  // namespace signet::domain

#include "server/domain/sessions/session_token.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/domain/secret_token.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kPrefix = "sgs_";
constexpr absl::string_view kLabel = "signet session token v1\n";
constexpr char kVersion = 1;
constexpr size_t kIdSize = 16;
constexpr size_t kSecretSize = 32;
constexpr size_t kUserAt = 1;
constexpr size_t kSessionAt = kUserAt + kIdSize;
constexpr size_t kSecretAt = kSessionAt + kIdSize;
constexpr size_t kSize = kSecretAt + kSecretSize;

}  // namespace

bool SessionToken::Is(absl::string_view text) { return absl::StartsWith(text, kPrefix); }

base::Secret SessionToken::Encode() const {
  std::string body;
  body.reserve(kSize);
  body.push_back(kVersion);
  body.append(user_id.bytes().data(), kIdSize);
  body.append(session_id.bytes().data(), kIdSize);
  body.append(secret.reveal().data(), secret.size());
  return EncodeSecretToken(kPrefix, std::move(body));
}

std::optional<SessionToken> SessionToken::Parse(absl::string_view text) {
  const std::optional<base::Secret> decoded = DecodeSecretToken(kPrefix, kSize, text);
  if (!decoded) return std::nullopt;
  const absl::string_view body = decoded->reveal();
  if (body[0] != kVersion) return std::nullopt;
  SessionToken token;
  token.user_id = *base::UserId::FromBytes(body.substr(kUserAt, kIdSize));
  token.session_id = *base::SessionId::FromBytes(body.substr(kSessionAt, kIdSize));
  token.secret = base::Secret(body.substr(kSecretAt, kSecretSize));
  return token;
}

std::string SessionToken::SecretHash() const {
  return TokenSecretHash(base::Secret(absl::StrCat(kLabel, secret.reveal())));
}

PresentedSession SessionToken::ToPresented() const {
  return PresentedSession{user_id, session_id, SecretHash()};
}

}  // namespace signet::domain

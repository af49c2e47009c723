#include "server/domain/sessions/session_token.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/domain/secret_token.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kSessionPrefix = "sgs_";
constexpr absl::string_view kSessionLabel = "signet session token v1\n";
constexpr char kSessionVersion = 1;
constexpr size_t kSessionUserAt = 1;
constexpr size_t kSessionIdAt = kSessionUserAt + kTokenIdSize;
constexpr size_t kSessionSecretAt = kSessionIdAt + kTokenIdSize;
constexpr size_t kSessionSize = kSessionSecretAt + kTokenSecretSize;

}  // namespace

bool SessionToken::Is(absl::string_view text) { return absl::StartsWith(text, kSessionPrefix); }

base::Secret SessionToken::Encode() const {
  std::string body;
  body.reserve(kSessionSize);
  body.push_back(kSessionVersion);
  body.append(user_id.bytes().data(), kTokenIdSize);
  body.append(session_id.bytes().data(), kTokenIdSize);
  body.append(secret.reveal().data(), secret.size());
  return EncodeSecretToken(kSessionPrefix, std::move(body));
}

std::optional<SessionToken> SessionToken::Parse(absl::string_view text) {
  const std::optional<base::Secret> decoded = DecodeSecretToken(kSessionPrefix, kSessionSize, text);
  if (!decoded) return std::nullopt;
  const absl::string_view body = decoded->reveal();
  if (body[0] != kSessionVersion) return std::nullopt;
  SessionToken token;
  token.user_id = *base::UserId::FromBytes(body.substr(kSessionUserAt, kTokenIdSize));
  token.session_id = *base::SessionId::FromBytes(body.substr(kSessionIdAt, kTokenIdSize));
  token.secret = base::Secret(body.substr(kSessionSecretAt, kTokenSecretSize));
  return token;
}

std::string SessionToken::SecretHash() const {
  return TokenSecretHash(base::Secret(absl::StrCat(kSessionLabel, secret.reveal())));
}

PresentedSession SessionToken::ToPresented() const {
  return PresentedSession{user_id, session_id, SecretHash()};
}

}  // namespace signet::domain

#include "server/domain/access/api_key.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "server/domain/secret_token.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kApiKeyPrefix = "sgk_";
constexpr size_t kIdDigits = 32;

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

std::string Checksum(ApiKeyId id, absl::string_view secret) {
  std::string covered = absl::StrCat(id.bytes(), secret);
  std::string checksum = TokenChecksum(covered);
  base::Wipe(covered);
  return checksum;
}

}  // namespace

base::Secret ApiKey::Encode() const {
  std::string body = absl::StrCat(secret.reveal(), Checksum(key_id, secret.reveal()));
  std::string text = absl::StrCat(ApiKeyPrefix(key_id), "_");
  text.reserve(text.size() + 2 * body.size());
  base::Base64UrlAppend(body, text);
  base::Wipe(body);
  return base::Secret(std::move(text));
}

std::optional<ApiKey> ApiKey::Parse(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kApiKeyPrefix) || text.size() < kIdDigits + 1)
    return std::nullopt;
  const absl::string_view digits = text.substr(0, kIdDigits);
  if (!std::all_of(digits.begin(), digits.end(), IsLowerHex)) return std::nullopt;
  if (text[kIdDigits] != '_') return std::nullopt;
  ApiKey key;
  key.key_id = *ApiKeyId::FromBytes(absl::HexStringToBytes(digits));
  std::string decoded;
  const bool canonical = base::Base64UrlDecode(text.substr(kIdDigits + 1), decoded);
  const base::Secret holder(std::move(decoded));  // wiped on every way out
  const absl::string_view body = holder.reveal();
  if (!canonical || body.size() != kTokenSecretSize + kTokenChecksumSize) return std::nullopt;
  key.secret = base::Secret(body.substr(0, kTokenSecretSize));
  if (Checksum(key.key_id, key.secret.reveal()) != body.substr(kTokenSecretSize))
    return std::nullopt;
  return key;
}

std::string ApiKey::SecretHash() const { return TokenSecretHash(secret); }

std::string ApiKeyPrefix(ApiKeyId id) {
  return absl::StrCat(kApiKeyPrefix, absl::BytesToHexString(id.bytes()));
}

}  // namespace signet::domain

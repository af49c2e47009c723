#include "client/token/claims_parser.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/token/json.h"

namespace signet::token {
namespace {

using simdjson::dom::element;

bool ReadText(const element& value, std::string& text) {
  const auto read = JsonString(value);
  if (!read || read->empty()) return false;
  text.assign(read->data(), read->size());
  return true;
}

bool ReadText(const element& value, std::optional<std::string>& text) {
  return ReadText(value, text.emplace());
}

// simdjson gives an integer only for a JSON number without fraction and exponent.
bool ReadTime(const element& value, absl::Time& time) {
  int64_t seconds = 0;
  if (value.get(seconds) || seconds < 0 || seconds > kMaxClaimTime) return false;
  time = absl::FromUnixSeconds(seconds);
  return true;
}

bool ReadTime(const element& value, std::optional<absl::Time>& time) {
  return ReadTime(value, time.emplace());
}

bool ReadTexts(const element& value, size_t limit, std::vector<std::string>& texts) {
  simdjson::dom::array array;
  if (value.get(array) || array.size() > limit) return false;
  texts.reserve(array.size());
  for (const element text : array) {
    if (!ReadText(text, texts.emplace_back())) return false;
  }
  return true;
}

// RFC 7519 section 4.1.3: an array, or a string where there is one.
bool ReadAudiences(const element& value, std::vector<std::string>& audiences) {
  if (value.is_string()) return ReadText(value, audiences.emplace_back());
  return ReadTexts(value, kMaxAudiences, audiences) && !audiences.empty();
}

// RFC 6749 section 3.3: scope tokens with one space between. Some issuers write an empty string for
// no scope at all, which cannot be mistaken.
bool ReadScopes(const element& value, std::vector<std::string>& scopes) {
  const auto text = JsonString(value);
  if (!text) return false;
  absl::string_view rest = *text;
  while (!rest.empty()) {
    const size_t space = rest.find(' ');
    if (space == 0 || space == rest.size() - 1 || scopes.size() == kMaxScopes) return false;
    scopes.emplace_back(rest.substr(0, space));
    rest.remove_prefix(space == absl::string_view::npos ? rest.size() : space + 1);
  }
  return true;
}

using C = AccessTokenClaims;

struct Claim {
  absl::string_view name;
  bool required;
  bool (*read)(const element&, C&);
};

constexpr std::array<Claim, 16> kClaims = {{
    {"iss", true, [](const element& v, C& c) { return ReadText(v, c.issuer); }},
    {"sub", true, [](const element& v, C& c) { return ReadText(v, c.subject); }},
    {"aud", true, [](const element& v, C& c) { return ReadAudiences(v, c.audiences); }},
    {"client_id", true, [](const element& v, C& c) { return ReadText(v, c.client_id); }},
    {"iat", true, [](const element& v, C& c) { return ReadTime(v, c.issued_at); }},
    {"exp", true, [](const element& v, C& c) { return ReadTime(v, c.expires_at); }},
    {"jti", true, [](const element& v, C& c) { return ReadText(v, c.token_id); }},
    {"nbf", false, [](const element& v, C& c) { return ReadTime(v, c.not_before); }},
    {"sid", false, [](const element& v, C& c) { return ReadText(v, c.session_id); }},
    {"scope", false, [](const element& v, C& c) { return ReadScopes(v, c.scopes); }},
    {"roles", false, [](const element& v, C& c) { return ReadTexts(v, kMaxRoles, c.roles); }},
    {"permissions", false,
     [](const element& v, C& c) { return ReadTexts(v, kMaxPermissions, c.permissions); }},
    {"email", false, [](const element& v, C& c) { return ReadText(v, c.email); }},
    {"auth_time", false, [](const element& v, C& c) { return ReadTime(v, c.auth_time); }},
    {"acr", false, [](const element& v, C& c) { return ReadText(v, c.acr); }},
    {"amr", false,
     [](const element& v, C& c) { return ReadTexts(v, kMaxAuthenticationMethods, c.amr); }},
}};

constexpr uint32_t RequiredBits() {
  uint32_t bits = 0;
  for (size_t i = 0; i < kClaims.size(); ++i) bits |= uint32_t{kClaims[i].required} << i;
  return bits;
}

}  // namespace

std::variant<AccessTokenClaims, RejectReason> ParseClaims(absl::string_view payload) {
  thread_local JsonReader reader;
  const auto object = reader.ReadObject(payload);
  if (!object) return RejectReason::kMalformed;
  AccessTokenClaims claims;
  uint32_t seen = 0;
  size_t next = 0;  // our own tokens have the order of the table: usually the first guess is right
  for (const auto member : *object) {
    const absl::string_view name = ToAbsl(member.key);
    size_t i = 0;
    while (i < kClaims.size() && kClaims[(next + i) % kClaims.size()].name != name) ++i;
    if (i == kClaims.size()) continue;
    const size_t found = (next + i) % kClaims.size();
    if (!kClaims[found].read(member.value, claims)) return RejectReason::kClaimsInvalid;
    seen |= uint32_t{1} << found;
    next = found + 1;
  }
  if ((seen & RequiredBits()) != RequiredBits()) return RejectReason::kClaimsInvalid;
  return claims;
}

}  // namespace signet::token

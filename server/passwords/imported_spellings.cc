#include "server/passwords/imported_spellings.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/base/error.h"
#include "server/passwords/phc_string.h"

namespace signet::passwords {
namespace {

using Parts = std::vector<absl::string_view>;

// Standard base64, as our PHC strings hold it, from passlib's.
std::string FromPasslib(absl::string_view text) {
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '.', '+');
  return standard;
}

// $pbkdf2-sha256$<iterations>$<salt>$<hash> differs from ours in "i=" and one digit.
std::optional<std::string> ReadPasslib(absl::string_view text) {
  const Parts parts = absl::StrSplit(text, '$');
  if (parts.size() != 5 || absl::StrContains(text, '+')) return std::nullopt;
  return absl::StrCat("$", parts[1], "$i=", parts[2], "$", FromPasslib(parts[3]), "$",
                      FromPasslib(parts[4]));
}

// The salt is used as the text it is.
std::optional<std::string> ReadDjango(absl::string_view text) {
  const Parts parts = absl::StrSplit(text, '$');
  Pbkdf2Hash hash;
  // SimpleAtoi takes signs and blanks: the digits are compared with what they were read as.
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[1], &hash.iterations) ||
      absl::StrCat(hash.iterations) != parts[1]) {
    return std::nullopt;
  }
  hash.salt = std::string(parts[2]);
  std::string digits(absl::StripSuffix(parts[3], "="));
  std::replace(digits.begin(), digits.end(), '+', '-');
  std::replace(digits.begin(), digits.end(), '/', '_');
  auto bytes = base::Base64UrlDecode(digits);
  if (!bytes) return std::nullopt;
  hash.hash = *std::move(bytes);
  return FormatPbkdf2(hash);
}

std::optional<std::string> ReadSpelling(absl::string_view text) {
  if (absl::StartsWith(text, "pbkdf2_sha256$")) return ReadDjango(text);
  const bool pbkdf2 =
      absl::StartsWith(text, "$pbkdf2-sha256$") || absl::StartsWith(text, "$pbkdf2-sha512$");
  if (pbkdf2 && !absl::StrContains(text, "$i=")) return ReadPasslib(text);
  return std::string(text);
}

}  // namespace

absl::StatusOr<std::string> ImportedSpellings::ToStored(absl::string_view field,
                                                        absl::string_view text) const {
  auto stored = ReadSpelling(text);
  if (!stored || !ParseStoredHash(*stored)) {
    return base::FieldError(field, "is not a hash of a known form, or costs more than is allowed");
  }
  return *std::move(stored);
}

}  // namespace signet::passwords

#include "server/passwords/phc_string.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/base/base64url.h"

namespace signet::passwords {
namespace {

constexpr absl::string_view kArgon2idPrefix = "$argon2id$v=19$m=";
constexpr absl::string_view kArgon2iPrefix = "$argon2i$v=19$m=";
constexpr absl::string_view kArgon2dPrefix = "$argon2d$v=19$m=";
constexpr absl::string_view kPbkdf2Sha256Prefix = "$pbkdf2-sha256$i=";
constexpr absl::string_view kPbkdf2Sha512Prefix = "$pbkdf2-sha512$i=";
constexpr absl::string_view kScryptPrefix = "$scrypt$ln=";
constexpr size_t kSha256Bytes = 32;
constexpr size_t kSha512Bytes = 64;
constexpr size_t kBcryptSize = 60;
// Longer than the longest string within the bounds: nothing beyond is looked at.
constexpr size_t kMaxTextSize = 256;

// Decimal without sign or leading zero, of at most 9 digits so that it cannot overflow.
std::optional<uint32_t> TakeNumber(absl::string_view& text) {
  size_t digits = 0;
  uint32_t value = 0;
  while (digits < text.size() && digits <= 9 && absl::ascii_isdigit(text[digits])) {
    value = value * 10 + static_cast<uint32_t>(text[digits] - '0');
    ++digits;
  }
  if (digits == 0 || digits > 9 || (text[0] == '0' && digits > 1)) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// The PHC alphabet is base64url's but for two characters: translate, and use the strict decoder.
std::optional<std::string> DecodeBase64(absl::string_view text) {
  std::string url(text);
  for (char& c : url) {
    if (c == '-' || c == '_') return std::nullopt;
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return base::Base64UrlDecode(url);
}

std::string EncodeBase64(absl::string_view bytes) {
  std::string text = base::Base64UrlEncode(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return text;
}

std::optional<Argon2Params> TakeParams(absl::string_view& text) {
  const auto memory = TakeNumber(text);
  if (!memory || !absl::ConsumePrefix(&text, ",t=")) return std::nullopt;
  const auto passes = TakeNumber(text);
  if (!passes || !absl::ConsumePrefix(&text, ",p=")) return std::nullopt;
  const auto lanes = TakeNumber(text);
  if (!lanes || !absl::ConsumePrefix(&text, "$")) return std::nullopt;
  return Argon2Params{.memory_kib = *memory, .passes = *passes, .lanes = *lanes};
}

bool SizeWithin(const std::string& bytes, size_t low, size_t high) {
  return bytes.size() >= low && bytes.size() <= high;
}

struct SaltAndHash {
  std::string salt;
  std::string hash;
};

// "<salt>$<hash>" to the end.
std::optional<SaltAndHash> ReadSaltAndHash(absl::string_view text, size_t max_hash_bytes) {
  const size_t separator = text.find('$');
  if (separator == absl::string_view::npos) return std::nullopt;
  auto salt = DecodeBase64(text.substr(0, separator));
  auto hash = DecodeBase64(text.substr(separator + 1));
  if (!salt || !SizeWithin(*salt, kMinSaltBytes, kMaxSaltBytes)) return std::nullopt;
  if (!hash || !SizeWithin(*hash, kMinHashBytes, max_hash_bytes)) return std::nullopt;
  return SaltAndHash{*std::move(salt), *std::move(hash)};
}

std::optional<StoredHash> ParseArgon2id(absl::string_view text) {
  const auto params = TakeParams(text);
  if (!params || !WithinBounds(*params)) return std::nullopt;
  auto rest = ReadSaltAndHash(text, kMaxHashBytes);
  if (!rest) return std::nullopt;
  return Argon2idHash{
      .params = *params, .salt = std::move(rest->salt), .hash = std::move(rest->hash)};
}

std::optional<StoredHash> ParseOtherArgon2(OtherArgon2Hash::Variant variant,
                                           absl::string_view text) {
  const auto params = TakeParams(text);
  if (!params || !WithinBounds(*params)) return std::nullopt;
  auto rest = ReadSaltAndHash(text, kMaxHashBytes);
  if (!rest) return std::nullopt;
  return ImportedHash(
      OtherArgon2Hash{variant, *params, std::move(rest->salt), std::move(rest->hash)});
}

std::optional<StoredHash> ParsePbkdf2(Pbkdf2Hash::Digest digest, absl::string_view text) {
  const auto iterations = TakeNumber(text);
  if (!iterations || !absl::ConsumePrefix(&text, "$")) return std::nullopt;
  if (*iterations < kMinPbkdf2Iterations || *iterations > kMaxPbkdf2Iterations) {
    return std::nullopt;
  }
  const bool long_digest = digest == Pbkdf2Hash::Digest::kSha512;
  auto rest = ReadSaltAndHash(text, long_digest ? kSha512Bytes : kSha256Bytes);
  if (!rest) return std::nullopt;
  return ImportedHash(
      Pbkdf2Hash{digest, *iterations, std::move(rest->salt), std::move(rest->hash)});
}

std::optional<StoredHash> ParseScrypt(absl::string_view text) {
  ScryptHash hash;
  const auto log_n = TakeNumber(text);
  if (!log_n || !absl::ConsumePrefix(&text, ",r=")) return std::nullopt;
  const auto r = TakeNumber(text);
  if (!r || !absl::ConsumePrefix(&text, ",p=")) return std::nullopt;
  const auto p = TakeNumber(text);
  if (!p || !absl::ConsumePrefix(&text, "$")) return std::nullopt;
  hash.log_n = *log_n;
  hash.r = *r;
  hash.p = *p;
  if (hash.log_n < 1 || hash.log_n > kMaxScryptLogN || hash.r < 1 || hash.r > kMaxScryptR ||
      hash.p < 1 || hash.p > kMaxScryptP || hash.memory_bytes() > kMaxScryptMemoryBytes ||
      hash.work() > kMaxScryptWork) {
    return std::nullopt;
  }
  auto rest = ReadSaltAndHash(text, kMaxHashBytes);
  if (!rest) return std::nullopt;
  hash.salt = std::move(rest->salt);
  hash.hash = std::move(rest->hash);
  return ImportedHash(std::move(hash));
}

bool IsBcryptDigit(char c) { return absl::ascii_isalnum(c) || c == '.' || c == '/'; }

std::optional<StoredHash> ParseBcrypt(absl::string_view text) {
  if (text.size() != kBcryptSize) return std::nullopt;
  if (text[2] != 'a' && text[2] != 'b' && text[2] != 'y') return std::nullopt;
  if (text[3] != '$' || text[6] != '$') return std::nullopt;
  if (!absl::ascii_isdigit(text[4]) || !absl::ascii_isdigit(text[5])) return std::nullopt;
  const int cost = (text[4] - '0') * 10 + (text[5] - '0');
  if (cost < kMinBcryptCost || cost > kMaxBcryptCost) return std::nullopt;
  const absl::string_view digits = text.substr(7);
  if (!std::all_of(digits.begin(), digits.end(), IsBcryptDigit)) return std::nullopt;
  return BcryptHash{.text = std::string(text), .cost = cost};
}

}  // namespace

bool WithinBounds(const Argon2Params& params) {
  return params.lanes >= 1 && params.lanes <= kMaxArgon2Lanes && params.passes >= 1 &&
         params.passes <= kMaxArgon2Passes && params.memory_kib >= 8 * params.lanes &&
         params.memory_kib <= kMaxArgon2MemoryKib;
}

std::optional<StoredHash> ParseStoredHash(absl::string_view text) {
  if (text.size() > kMaxTextSize) return std::nullopt;
  if (absl::ConsumePrefix(&text, kArgon2idPrefix)) return ParseArgon2id(text);
  if (absl::StartsWith(text, "$2")) return ParseBcrypt(text);
  if (absl::ConsumePrefix(&text, kArgon2iPrefix)) {
    return ParseOtherArgon2(OtherArgon2Hash::Variant::kI, text);
  }
  if (absl::ConsumePrefix(&text, kArgon2dPrefix)) {
    return ParseOtherArgon2(OtherArgon2Hash::Variant::kD, text);
  }
  if (absl::ConsumePrefix(&text, kPbkdf2Sha256Prefix)) {
    return ParsePbkdf2(Pbkdf2Hash::Digest::kSha256, text);
  }
  if (absl::ConsumePrefix(&text, kPbkdf2Sha512Prefix)) {
    return ParsePbkdf2(Pbkdf2Hash::Digest::kSha512, text);
  }
  if (absl::ConsumePrefix(&text, kScryptPrefix)) return ParseScrypt(text);
  return std::nullopt;
}

std::string FormatArgon2id(const Argon2idHash& hash) {
  return absl::StrCat(kArgon2idPrefix, hash.params.memory_kib, ",t=", hash.params.passes,
                      ",p=", hash.params.lanes, "$", EncodeBase64(hash.salt), "$",
                      EncodeBase64(hash.hash));
}

std::string FormatPbkdf2(const Pbkdf2Hash& hash) {
  const bool long_digest = hash.digest == Pbkdf2Hash::Digest::kSha512;
  return absl::StrCat(long_digest ? kPbkdf2Sha512Prefix : kPbkdf2Sha256Prefix, hash.iterations, "$",
                      EncodeBase64(hash.salt), "$", EncodeBase64(hash.hash));
}

}  // namespace signet::passwords

#include "server/passwords/password_policy.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <openssl/crypto.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/ustring.h>
#include <zxcvbn.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/passwords/common_passwords.h"

namespace signet::passwords {
namespace {

constexpr size_t kMinBytes = 8;
constexpr size_t kMaxBytes = 1024;
// NFKC can shorten (full-width letters, decomposed Hangul), but not by more than this factor; and
// no one makes us normalise a megabyte.
constexpr size_t kMaxTypedBytes = 8 * kMaxBytes;
constexpr size_t kJudgedBytes = 64;
constexpr size_t kMinWordBytes = 3;
constexpr size_t kMaxWords = 8;
constexpr int kMaxScore = 4;
// log2 of 10^3, 10^6, 10^8 and 10^10 guesses.
constexpr std::array<double, kMaxScore> kScoreBits = {9.9658, 19.9316, 26.5754, 33.2193};

bool IsUtf8(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  int32_t units = 0;
  u_strFromUTF8(nullptr, 0, &units, text.data(), static_cast<int32_t>(text.size()), &error);
  return error != U_INVALID_CHAR_FOUND;
}

// C0, DEL, and C1 as UTF-8 writes it (C2 80 .. C2 9F).
bool HasControlCharacter(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (absl::ascii_iscntrl(text[i])) return true;
    const bool c1 =
        text[i] == '\xC2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) return true;
  }
  return false;
}

absl::string_view LocalPart(absl::string_view email) { return email.substr(0, email.rfind('@')); }

// What an attacker who knows the address tries first.
std::vector<std::string> WordsOf(absl::string_view email) {
  const std::string lower = absl::AsciiStrToLower(email);
  std::vector<std::string> words = {lower, std::string(LocalPart(lower))};
  for (const absl::string_view part : absl::StrSplit(lower, absl::ByAnyChar("@._+-"))) {
    words.emplace_back(part);
  }
  words.erase(std::remove_if(words.begin(), words.end(),
                             [](const std::string& word) { return word.size() < kMinWordBytes; }),
              words.end());
  words.resize(std::min(words.size(), kMaxWords));
  return words;
}

int Score(const base::Secret& password, absl::string_view email) {
  const std::vector<std::string> words = WordsOf(email);
  std::vector<const char*> dictionary;
  for (const std::string& word : words) dictionary.push_back(word.c_str());
  dictionary.push_back(nullptr);
  std::string judged(password.reveal().substr(0, kJudgedBytes));
  const double bits = ZxcvbnMatch(judged.c_str(), dictionary.data(), nullptr);
  base::Wipe(judged);
  return static_cast<int>(std::count_if(kScoreBits.begin(), kScoreBits.end(),
                                        [bits](double threshold) { return bits >= threshold; }));
}

bool ContainsNameOf(const base::Secret& password, absl::string_view email) {
  const std::string name = absl::AsciiStrToLower(LocalPart(email));
  std::string lower = absl::AsciiStrToLower(password.reveal());
  const bool contains = name.size() >= kMinWordBytes && absl::StrContains(lower, name);
  base::Wipe(lower);
  return contains;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StrengthPolicy>> StrengthPolicy::Create(const Options& options) {
  if (options.minimum_score < 0 || options.minimum_score > kMaxScore) {
    return absl::InvalidArgumentError("minimum_score: must be 0..4");
  }
  std::unique_ptr<BreachedPasswords> breached;
  if (options.breached_passwords_file) {
    SIGNET_ASSIGN_OR_RETURN(breached, BreachedPasswords::Open(*options.breached_passwords_file));
  }
  return std::unique_ptr<StrengthPolicy>(
      new StrengthPolicy(options.minimum_score, std::move(breached)));
}

absl::StatusOr<base::Secret> StrengthPolicy::Normalise(absl::string_view field,
                                                       const base::Secret& typed) const {
  const absl::Status too_long = base::FieldError(field, "must be at most 1024 bytes long");
  if (typed.size() > kMaxTypedBytes) return too_long;
  // ICU would put U+FFFD for what is not UTF-8, and so make different passwords equal.
  if (!IsUtf8(typed.reveal())) return base::FieldError(field, "must be valid UTF-8");
  UErrorCode error = U_ZERO_ERROR;
  const auto* nfkc = icu::Normalizer2::getNFKCInstance(error);
  std::array<char, kMaxBytes> buffer{};
  icu::CheckedArrayByteSink sink(buffer.data(), static_cast<int32_t>(buffer.size()));
  if (U_SUCCESS(error)) {
    nfkc->normalizeUTF8(0,
                        icu::StringPiece(typed.reveal().data(), static_cast<int32_t>(typed.size())),
                        sink, nullptr, error);
  }
  const auto written = static_cast<size_t>(sink.NumberOfBytesWritten());
  base::Secret normalised(absl::string_view(buffer.data(), written));
  OPENSSL_cleanse(buffer.data(), buffer.size());
  if (U_FAILURE(error)) {
    return base::MakeError(absl::StatusCode::kInternal, "INTERNAL", "NFKC is not available");
  }
  if (sink.Overflowed()) return too_long;
  if (written == 0) return base::FieldError(field, "is required");
  return normalised;
}

absl::Status StrengthPolicy::CheckStrength(absl::string_view field, const base::Secret& normalised,
                                           absl::string_view email) const {
  if (normalised.size() < kMinBytes) {
    return base::FieldError(field, "must be at least 8 bytes long");
  }
  if (HasControlCharacter(normalised.reveal())) {
    return base::FieldError(field, "must not contain control characters");
  }
  if (IsCommonPassword(normalised)) {
    return base::FieldError(field, "is one of the most common passwords; choose another");
  }
  if (breached_ != nullptr) {
    const auto breached = breached_->Contains(normalised);
    if (!breached.ok()) {
      return base::MakeError(absl::StatusCode::kInternal, "INTERNAL",
                             "the list of breached passwords cannot be read");
    }
    if (*breached) {
      return base::FieldError(field, "has appeared in a data breach; choose another");
    }
  }
  if (Score(normalised, email) >= minimum_score_) return absl::OkStatus();
  if (ContainsNameOf(normalised, email)) {
    return base::FieldError(field, "is too easy to guess: it contains the name of your e-mail");
  }
  return base::FieldError(field, "is too easy to guess; a few uncommon words make a good one");
}

}  // namespace signet::passwords

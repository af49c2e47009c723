#include "server/domain/accounts/email.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <idn2.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "client/base/error.h"

namespace signet::domain {
namespace {

constexpr size_t kMinBytes = 3;
constexpr size_t kMaxBytes = 254;        // RFC 5321 section 4.5.3.1.3, less the angle brackets
constexpr size_t kMaxLocalBytes = 64;    // RFC 5321 section 4.5.3.1.1
constexpr size_t kMaxTypedBytes = 1024;  // before NFKC, which can shrink and grow

bool IsValidUtf8(absl::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, size, c);
    if (c < 0) return false;
  }
  return true;
}

using NormaliserGetter = const icu::Normalizer2* (*)(UErrorCode&);

std::optional<std::string> Normalise(absl::string_view text, NormaliserGetter getter) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normaliser = getter(error);
  if (U_FAILURE(error)) return std::nullopt;
  const icu::UnicodeString source = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  const icu::UnicodeString normal = normaliser->normalize(source, error);
  if (U_FAILURE(error)) return std::nullopt;
  std::string out;
  normal.toUTF8String(out);
  return out;
}

// Blanks, controls, format characters (zero-width ones too), lone surrogates, unassigned: nothing
// that two people could not tell apart on a screen.
bool HasUnprintable(absl::string_view text) {
  const icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  for (int32_t i = 0; i < unicode.length(); i = unicode.moveIndex32(i, 1)) {
    const UChar32 c = unicode.char32At(i);
    if (!u_isgraph(c) || u_charType(c) == U_FORMAT_CHAR ||
        u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
      return true;
    }
  }
  return false;
}

// Two labels or more of letters, digits and inner hyphens (RFC 1123 section 2.1). Asked of the
// result and not of libidn2: its STD3 flag drops a forbidden character, so that exa_mple.com would
// be the account of example.com.
bool IsHostName(absl::string_view ascii) {
  const std::vector<absl::string_view> labels = absl::StrSplit(ascii, '.');
  return labels.size() >= 2 && std::all_of(labels.begin(), labels.end(), [](absl::string_view l) {
           return !l.empty() && l.size() <= 63 && l.front() != '-' && l.back() != '-' &&
                  std::all_of(l.begin(), l.end(),
                              [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
         });
}

// The domain in its ASCII form (IDNA 2008 with the UTS 46 mapping, non-transitional).
std::optional<std::string> AsciiDomain(const std::string& domain) {
  char* raw = nullptr;
  const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
  const int result = idn2_to_ascii_8z(domain.c_str(), &raw, flags);
  const std::unique_ptr<char, decltype(&std::free)> owned(raw, &std::free);
  if (result != IDN2_OK) return std::nullopt;
  std::string ascii(raw);
  return IsHostName(ascii) ? std::optional<std::string>(std::move(ascii)) : std::nullopt;
}

bool HasMisplacedDot(absl::string_view local) {
  return local.front() == '.' || local.back() == '.' || local.find("..") != absl::string_view::npos;
}

}  // namespace

absl::StatusOr<Email> ParseEmail(absl::string_view field, absl::string_view typed) {
  if (typed.empty()) return base::FieldError(field, "is required");
  if (typed.size() > kMaxTypedBytes) return base::FieldError(field, "is longer than 254 bytes");
  if (!IsValidUtf8(typed)) return base::FieldError(field, "is not valid UTF-8");
  const auto display = Normalise(typed, &icu::Normalizer2::getNFKCInstance);
  if (!display) return base::FieldError(field, "cannot be normalised");
  if (display->size() < kMinBytes || display->size() > kMaxBytes) {
    return base::FieldError(field, "has to have 3 to 254 bytes");
  }
  if (HasUnprintable(*display)) {
    return base::FieldError(field, "has a blank, control or invisible character");
  }
  const size_t at = display->find('@');
  if (at == std::string::npos || display->find('@', at + 1) != std::string::npos) {
    return base::FieldError(field, "has to have exactly one '@'");
  }
  const std::string local = display->substr(0, at);
  if (local.empty() || local.size() > kMaxLocalBytes || HasMisplacedDot(local)) {
    return base::FieldError(field, "has no valid name before the '@'");
  }
  const auto domain = AsciiDomain(display->substr(at + 1));
  if (!domain) return base::FieldError(field, "has no valid domain after the '@'");
  const auto folded = Normalise(local, &icu::Normalizer2::getNFKCCasefoldInstance);
  if (!folded || folded->empty()) return base::FieldError(field, "cannot be normalised");
  Email email{*display, *folded + "@" + *domain};
  if (email.canonical.size() > kMaxBytes) {
    return base::FieldError(field, "is longer than 254 bytes");
  }
  return email;
}

absl::StatusOr<std::string> CanonicalEmailPrefix(absl::string_view field, absl::string_view typed) {
  if (typed.size() > kMaxTypedBytes) return base::FieldError(field, "is longer than 254 bytes");
  if (!IsValidUtf8(typed)) return base::FieldError(field, "is not valid UTF-8");
  const auto folded = Normalise(typed, &icu::Normalizer2::getNFKCCasefoldInstance);
  if (!folded || folded->empty()) return base::FieldError(field, "cannot be normalised");
  if (folded->size() > kMaxBytes) return base::FieldError(field, "is longer than 254 bytes");
  if (HasUnprintable(*folded)) {
    return base::FieldError(field, "has a blank, control or invisible character");
  }
  return *folded;
}

}  // namespace signet::domain

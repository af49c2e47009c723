#include "server/observe/log_json.h"

#include "absl/strings/str_format.h"

namespace signet::observe {
namespace {

// Length of the well-formed UTF-8 character that `text` begins with (RFC 3629: no surrogates, no
// overlong forms, nothing above U+10FFFF), or 0.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto continues = [&](size_t i, uint8_t low = 0x80, uint8_t high = 0xbf) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const uint8_t low = first == 0xe0 ? 0xa0 : 0x80;
    const uint8_t high = first == 0xed ? 0x9f : 0xbf;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const uint8_t low = first == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = first == 0xf4 ? 0x8f : 0xbf;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

void AppendAscii(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      if (c < 0x20 || c == 0x7f) {
        absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned>(c));
      } else {
        out += c;
      }
  }
}

}  // namespace

void AppendJsonString(absl::string_view text, size_t max_bytes, std::string& out) {
  out += '"';
  size_t used = 0;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    used += length == 0 ? 1 : length;
    if (used > max_bytes) break;
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (length == 1) {
      AppendAscii(text[0], out);
    } else {
      out.append(text.data(), length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

// The calendar is worked out once a second and thread: absl::FormatTime costs more than the rest
// of the line.
void AppendTimestamp(absl::Time time, std::string& out) {
  thread_local int64_t cached_second = -1;
  thread_local std::string cached_text;
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t second = absl::ToUnixSeconds(time);
  if (second != cached_second) {
    cached_text =
        absl::FormatTime("%Y-%m-%d%ET%H:%M:%S", absl::FromUnixSeconds(second), absl::UTCTimeZone());
    cached_second = second;
  }
  char fraction[] = ".000000Z";
  int64_t rest = micros - second * 1'000'000;
  for (int digit = 6; digit >= 1; --digit, rest /= 10) {
    fraction[digit] = static_cast<char>('0' + rest % 10);
  }
  out += cached_text;
  out += fraction;
}

}  // namespace signet::observe

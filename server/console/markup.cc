#include "server/console/markup.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace signet::console {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";

// Bytes of the character of UTF-8 (RFC 3629) at the start of `text`; 0 where there is none.
size_t CharacterAt(absl::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  size_t size = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return size;
}

void AppendAscii(char c, std::string& html) {
  switch (c) {
    case '&':
      html += "&amp;";
      return;
    case '<':
      html += "&lt;";
      return;
    case '>':
      html += "&gt;";
      return;
    case '"':
      html += "&quot;";
      return;
    case '\'':
      html += "&#39;";
      return;
    default:
      if (c < ' ' || c == 0x7f) {
        absl::StrAppend(&html, kReplacement);
      } else {
        html += c;
      }
  }
}

}  // namespace

Markup& Markup::Text(absl::string_view text) {
  while (!text.empty()) {
    const size_t size = CharacterAt(text);
    if (size == 0) {
      absl::StrAppend(&html_, kReplacement);
      text.remove_prefix(1);
      continue;
    }
    if (size == 1) {
      AppendAscii(text[0], html_);
    } else {
      absl::StrAppend(&html_, text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  return *this;
}

bool IsPlainText(absl::string_view text) {
  while (!text.empty()) {
    const size_t size = CharacterAt(text);
    if (size == 0 || (size == 1 && (text[0] < ' ' || text[0] == 0x7f))) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace signet::console

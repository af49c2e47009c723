#include "client/base/base64url.h"

#include <array>
#include <cstdint>

namespace signet::base {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t kInvalid = 0xff;

constexpr std::array<uint8_t, 256> MakeReverse() {
  std::array<uint8_t, 256> reverse{};
  for (auto& value : reverse) value = kInvalid;
  for (uint8_t i = 0; i < 64; ++i) reverse[static_cast<uint8_t>(kAlphabet[i])] = i;
  return reverse;
}
constexpr std::array<uint8_t, 256> kReverse = MakeReverse();

uint32_t Value(char c) { return kReverse[static_cast<uint8_t>(c)]; }

}  // namespace

void Base64UrlAppend(absl::string_view bytes, std::string& out) {
  const size_t start = out.size();
  out.resize(start + (bytes.size() * 4 + 2) / 3);
  char* to = out.data() + start;
  const auto* from = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3) {
    const uint32_t v = uint32_t{from[0]} << 16 | uint32_t{from[1]} << 8 | from[2];
    *to++ = kAlphabet[v >> 18];
    *to++ = kAlphabet[v >> 12 & 63];
    *to++ = kAlphabet[v >> 6 & 63];
    *to++ = kAlphabet[v & 63];
  }
  if (left == 1) {
    *to++ = kAlphabet[from[0] >> 2];
    *to++ = kAlphabet[(from[0] & 3) << 4];
  } else if (left == 2) {
    *to++ = kAlphabet[from[0] >> 2];
    *to++ = kAlphabet[(from[0] & 3) << 4 | from[1] >> 4];
    *to++ = kAlphabet[(from[1] & 15) << 2];
  }
}

std::string Base64UrlEncode(absl::string_view bytes) {
  std::string out;
  Base64UrlAppend(bytes, out);
  return out;
}

bool Base64UrlDecode(absl::string_view text, std::string& out) {
  const size_t tail = text.size() % 4;
  if (tail == 1) return false;
  out.resize(text.size() / 4 * 3 + (tail == 0 ? 0 : tail - 1));
  auto* to = reinterpret_cast<uint8_t*>(out.data());
  const char* from = text.data();
  uint32_t bad = 0;  // collects the high bit of every look-up: one test at the end
  for (size_t quads = text.size() / 4; quads > 0; --quads, from += 4) {
    const uint32_t a = Value(from[0]), b = Value(from[1]), c = Value(from[2]), d = Value(from[3]);
    bad |= (a | b | c | d) & 0x80;
    const uint32_t v = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<uint8_t>(v >> 16);
    *to++ = static_cast<uint8_t>(v >> 8);
    *to++ = static_cast<uint8_t>(v);
  }
  if (tail == 2) {
    const uint32_t a = Value(from[0]), b = Value(from[1]);
    bad |= ((a | b) & 0x80) | (b & 15);
    *to++ = static_cast<uint8_t>(a << 2 | b >> 4);
  } else if (tail == 3) {
    const uint32_t a = Value(from[0]), b = Value(from[1]), c = Value(from[2]);
    bad |= ((a | b | c) & 0x80) | (c & 3);
    *to++ = static_cast<uint8_t>(a << 2 | b >> 4);
    *to++ = static_cast<uint8_t>(b << 4 | c >> 2);
  }
  return bad == 0;
}

std::optional<std::string> Base64UrlDecode(absl::string_view text) {
  std::string out;
  if (!Base64UrlDecode(text, out)) return std::nullopt;
  return out;
}

}  // namespace signet::base

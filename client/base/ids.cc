#include "client/base/ids.h"

#include <algorithm>

#include "client/base/random.h"

namespace signet::base {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool DashAt(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::NewV7(absl::Time now) {
  Uuid id;
  FillRandom(id.bytes_.data() + 6, 10);
  const auto millis = static_cast<uint64_t>(absl::ToUnixMillis(now));
  for (size_t i = 0; i < 6; ++i) id.bytes_[i] = static_cast<uint8_t>(millis >> (40 - 8 * i));
  id.bytes_[6] = static_cast<uint8_t>(0x70 | (id.bytes_[6] & 0x0f));
  id.bytes_[8] = static_cast<uint8_t>(0x80 | (id.bytes_[8] & 0x3f));
  return id;
}

std::optional<Uuid> Uuid::FromString(absl::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  size_t digit = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (DashAt(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = HexValue(text[i]);
    if (value < 0) return std::nullopt;
    id.bytes_[digit / 2] =
        static_cast<uint8_t>(digit % 2 == 0 ? value << 4 : id.bytes_[digit / 2] | value);
    ++digit;
  }
  return id;
}

std::optional<Uuid> Uuid::FromBytes(absl::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  Uuid id;
  std::copy(bytes.begin(), bytes.end(), id.bytes_.begin());
  return id;
}

std::string Uuid::ToString() const {
  std::string text(36, '-');
  size_t at = 0;
  for (const uint8_t byte : bytes_) {
    if (DashAt(at)) ++at;
    text[at++] = kHex[byte >> 4];
    text[at++] = kHex[byte & 15];
  }
  return text;
}

}  // namespace signet::base

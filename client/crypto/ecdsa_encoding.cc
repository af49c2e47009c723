#include "client/crypto/ecdsa_encoding.h"

#include <cstring>

namespace signet::crypto {
namespace {

constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kInteger = 0x02;

// A positive INTEGER in the fewest bytes: no leading zeros, except one before a high bit.
uint8_t* PutInteger(absl::string_view magnitude, uint8_t* to) {
  while (magnitude.size() > 1 && magnitude[0] == '\0') magnitude.remove_prefix(1);
  const bool pad = (static_cast<uint8_t>(magnitude[0]) & 0x80) != 0;
  *to++ = kInteger;
  *to++ = static_cast<uint8_t>(magnitude.size() + (pad ? 1 : 0));
  if (pad) *to++ = 0;
  std::memcpy(to, magnitude.data(), magnitude.size());
  return to + magnitude.size();
}

// Takes an INTEGER off the front of `der` and writes it right-aligned into `width` bytes.
bool TakeInteger(absl::string_view& der, size_t width, std::string& raw) {
  if (der.size() < 2 || static_cast<uint8_t>(der[0]) != kInteger) return false;
  const size_t length = static_cast<uint8_t>(der[1]);
  if (length == 0 || length > der.size() - 2) return false;
  absl::string_view magnitude = der.substr(2, length);
  der.remove_prefix(2 + length);
  if (magnitude[0] == '\0') magnitude.remove_prefix(1);
  if (magnitude.size() > width) return false;
  raw.append(width - magnitude.size(), '\0');
  raw.append(magnitude.data(), magnitude.size());
  return true;
}

}  // namespace

DerSignature EcdsaRawToDer(absl::string_view raw, size_t width) {
  DerSignature der;
  uint8_t* end = PutInteger(raw.substr(0, width), der.bytes.data() + 2);
  end = PutInteger(raw.substr(width), end);
  der.size = static_cast<size_t>(end - der.bytes.data());
  der.bytes[0] = kSequence;
  der.bytes[1] = static_cast<uint8_t>(der.size - 2);  // at most 102: the short form
  return der;
}

std::optional<std::string> EcdsaDerToRaw(absl::string_view der, size_t width) {
  if (der.size() < 2 || static_cast<uint8_t>(der[0]) != kSequence) return std::nullopt;
  if (static_cast<uint8_t>(der[1]) != der.size() - 2) return std::nullopt;
  der.remove_prefix(2);
  std::string raw;
  raw.reserve(2 * width);
  if (!TakeInteger(der, width, raw) || !TakeInteger(der, width, raw)) return std::nullopt;
  if (!der.empty()) return std::nullopt;
  return raw;
}

}  // namespace signet::crypto

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

}  // namespace signet::crypto

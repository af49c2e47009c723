#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace signet::crypto {

// An ECDSA signature in DER (RFC 3279 section 2.2.3), at most for P-384, without a heap allocation.
struct DerSignature {
  std::array<uint8_t, 2 + 2 * (2 + 49)> bytes;
  size_t size = 0;
};

// DER of raw r || s (RFC 7518 section 3.4), which has exactly 2 * `width` bytes, `width` <= 48.
DerSignature EcdsaRawToDer(absl::string_view raw, size_t width);

}  // namespace signet::crypto

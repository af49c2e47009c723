#pragma once

#include <array>
#include <cstdint>

namespace signet::crypto {

// A number below 2^256, least significant word first.
using Scalar256 = std::array<uint64_t, 4>;

// The order n of P-256 (SP 800-186 section 3.2.1.3).
inline constexpr Scalar256 kP256Order = {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff,
                                         0xffffffff00000000};

// The inverse of `value` modulo n, for 0 < value < n. Takes a time that depends on `value`, so that
// it is for public numbers alone, such as those of a signature under verification. Thread-safe.
Scalar256 InverseModP256Order(const Scalar256& value);

}  // namespace signet::crypto

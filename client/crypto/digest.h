#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::crypto {

using Sha256Digest = std::array<uint8_t, 32>;
using Sha384Digest = std::array<uint8_t, 48>;

// SHA-2 (FIPS 180-4). The algorithms are fetched once per process and the contexts are reused per
// thread: OpenSSL's own one-shot calls look the algorithm up each time, under a shared lock.
// These end the process if OpenSSL cannot hash at all. Thread-safe.
Sha256Digest Sha256(absl::string_view data);
Sha384Digest Sha384(absl::string_view data);

// HMAC-SHA-256 (RFC 2104, FIPS 198-1), the full 32 bytes. `key` may have any length, zero included:
// whether it is long enough is the caller's to know. Compare with base::ConstantTimeEquals.
// The padded key is wiped before it returns.
Sha256Digest HmacSha256(absl::string_view key, absl::string_view data);

// The same bytes, for callers that keep them in strings.
inline absl::string_view DigestView(const Sha256Digest& digest) {
  return absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
}

inline std::string Sha256Bytes(absl::string_view data) {
  return std::string(DigestView(Sha256(data)));
}

}  // namespace signet::crypto

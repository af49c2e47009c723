#pragma once

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace signet::crypto {

using Sha1Digest = std::array<uint8_t, 20>;

// HMAC-SHA-1 (RFC 2104), the full 20 bytes: for one-time passwords (RFC 4226, RFC 6238), which
// authenticator apps know with nothing else. SHA-1's collisions do not touch HMAC; there is no
// other use of it here. Ends the process if OpenSSL cannot do it. Thread-safe.
Sha1Digest HmacSha1(absl::string_view key, absl::string_view data);

}  // namespace signet::crypto

#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::domain {

constexpr size_t kTokenIdSize = 16;  // as base::Uuid
constexpr size_t kTokenSecretSize = 32;
constexpr size_t kTokenChecksumSize = 4;

// The form of tokens that lead to a row and prove themselves by a secret in them (refresh tokens,
// tokens of mails): a prefix that says which kind it is, and base64url of
//   body | checksum (4: the first bytes of SHA-256 over the body)
// The checksum refuses a typo without a query, and lets secret scanners recognise the form. It
// proves nothing. `body` is wiped.
base::Secret EncodeSecretToken(absl::string_view prefix, std::string body);

// The body; nothing for another prefix, length or checksum, or text that is not canonical.
std::optional<base::Secret> DecodeSecretToken(absl::string_view prefix, size_t body_size,
                                              absl::string_view text);

// The first 4 bytes of SHA-256, for tokens that put them elsewhere.
std::string TokenChecksum(absl::string_view covered);

// SHA-256 of a token's secret, 32 bytes: what is stored of it. The secret has 256 random bits, so
// there is nothing to guess that a slow hash would make slower.
std::string TokenSecretHash(const base::Secret& secret);

}  // namespace signet::domain

#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "client/crypto/public_key.h"

namespace signet::token {

// The public JWK of `key` (RFC 7517 section 4): kty, crv, kid, use "sig", alg and the parameters,
// in one fixed order, without blanks.
std::string WriteJwk(absl::string_view kid, const crypto::VerifyingKey& key);

// The name that RFC 7638 derives from the key itself: base64url of SHA-256 over its required
// members.
std::string JwkThumbprint(const crypto::VerifyingKey& key);

}  // namespace signet::token

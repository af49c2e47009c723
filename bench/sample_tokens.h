#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/crypto/private_key.h"
#include "client/token/claims.h"

namespace signet::bench {

inline constexpr char kIssuer[] = "https://signet.example";
inline constexpr char kSampleAudience[] = "bench.example";

// What the access token of a session says (RFC 9068); about 600 bytes as a compact JWS. `number`
// goes into `jti` and `sid`.
token::AccessTokenClaims SampleClaims(size_t number, absl::Time now);

// A compact JWS of `claims` under a finished header (token::EncodeAccessTokenHeader). Ends the
// process where signing fails.
std::string SignToken(const token::AccessTokenClaims& claims, absl::string_view header,
                      const crypto::SigningKey& key);

// `count` different tokens that are alive for an hour from `now`.
std::vector<std::string> SampleTokens(const crypto::SigningKey& key, size_t count, absl::Time now);

// The name of the one key of the samples.
inline constexpr char kSampleKeyId[] = "2026-11-a";

}  // namespace signet::bench

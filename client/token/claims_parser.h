#pragma once

#include <cstddef>
#include <variant>

#include "absl/strings/string_view.h"
#include "client/token/claims.h"
#include "client/token/reject_reason.h"

namespace signet::token {

// The most elements that one claim may have.
constexpr size_t kMaxAudiences = 64;
constexpr size_t kMaxScopes = 64;
constexpr size_t kMaxRoles = 64;
constexpr size_t kMaxPermissions = 512;
constexpr size_t kMaxAuthenticationMethods = 16;

// The latest time a claim may name, in seconds since 1970: the end of the year 9999.
constexpr long long kMaxClaimTime = 253402300799;

// Reads the payload of an access token whose signature was verified. Decides form alone: nothing is
// compared with an issuer, an audience or a clock.
//
// kMalformed: no strict JSON object. kClaimsInvalid: `iss`, `sub`, `aud`, `client_id`, `jti`, `iat`
// or `exp` is missing; a known claim has the wrong type or is an empty string; a time is not a JSON
// integer from 0 to kMaxClaimTime (1.0 and 1e9 are not); `scope` is not separated by single spaces;
// a list has more elements than above. Unknown claims are ignored. Thread-safe.
std::variant<AccessTokenClaims, RejectReason> ParseClaims(absl::string_view payload);

}  // namespace signet::token

#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "client/token/claims.h"

namespace signet::token {

// Appends `claims` to `out` as the JSON object that ParseClaims() reads: `scope` joined by spaces,
// `aud` a string when there is one audience and an array otherwise, lists and optional claims left
// out when empty, times in whole seconds (rounded down). Strings must be valid UTF-8. Allocates
// only when `out` has to grow. Thread-safe.
void WriteClaims(const AccessTokenClaims& claims, std::string& out);

// The same with `issuer` as `iss`, whatever the claims say.
void WriteClaims(const AccessTokenClaims& claims, absl::string_view issuer, std::string& out);

}  // namespace signet::token

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace signet::token {

// The claims of an access token (RFC 7519, RFC 9068), typed. Required ones are plain members:
// an object of this type never lacks them. Times have whole seconds.
struct AccessTokenClaims {
  // First what is compared on every use of a token, together in memory.
  std::vector<std::string> audiences;    // aud, at least one; a single string is read as one
  absl::Time expires_at;                 // exp
  absl::Time issued_at;                  // iat
  std::optional<absl::Time> not_before;  // nbf

  std::string issuer;     // iss
  std::string subject;    // sub: user id, canonical UUID text in our own tokens
  std::string client_id;  // client_id (RFC 9068 section 2.2)
  std::string token_id;   // jti

  std::optional<std::string> session_id;  // sid
  std::vector<std::string> scopes;        // scope, split at single spaces
  std::vector<std::string> roles;         // roles
  std::vector<std::string> permissions;   // permissions
  std::optional<std::string> email;       // email, only where the scope asked for it
  std::optional<absl::Time> auth_time;    // auth_time
  std::optional<std::string> acr;         // acr
  std::vector<std::string> amr;           // amr
};

}  // namespace signet::token

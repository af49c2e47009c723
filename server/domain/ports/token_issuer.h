#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "client/token/claims.h"

namespace signet::domain {

// Signs access tokens with the ACTIVE key. UNAVAILABLE (SIGNING_UNAVAILABLE) while there is none.
// Thread-safe, no I/O.
class TokenIssuer {
 public:
  virtual ~TokenIssuer() = default;

  struct Issued {
    base::Secret token;  // compact JWS
    std::string key_id;
  };
  // `typ: at+jwt`, `kid` and `alg` of the active key. The issuer claim is the configured one,
  // whatever `claims.issuer` holds.
  virtual absl::StatusOr<Issued> Issue(const token::AccessTokenClaims& claims) = 0;
};

// Derives the secret of a lineage's next refresh token: HMAC-SHA-256 under a sealed server key
// over session id, parent generation and parent secret. Deterministic: the same parent always has
// the same successor, which is what makes Refresh idempotent. 32 bytes. Thread-safe, no I/O.
class SuccessorDeriver {
 public:
  virtual ~SuccessorDeriver() = default;
  virtual base::Secret Derive(absl::string_view session_id_bytes, int32_t parent_generation,
                              const base::Secret& parent_secret) const = 0;
};

}  // namespace signet::domain

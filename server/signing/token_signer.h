#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/base/snapshot.h"
#include "client/token/claims.h"
#include "client/token/revocation_set.h"
#include "server/domain/ports/token_issuer.h"
#include "server/signing/key_ring.h"

namespace signet::signing {

// Writes access tokens (RFC 9068; compact JWS, RFC 7515 section 3.1) signed by the ring's ACTIVE
// key. Keeps nothing of them. No lock, no I/O; thread-safe.
class TokenSigner final : public domain::TokenIssuer {
 public:
  // `issuer` is the `iss` of every token. A token's `iat` is never before the time from which alone
  // tokens are accepted (a revocation of all), so that those issued right after it are good. The
  // references stay the caller's and outlive the signer.
  TokenSigner(std::string issuer, const base::Snapshot<std::optional<ActiveKey>>& active,
              const base::Snapshot<token::RevocationSet>& revocations);

  // SIGNING_UNAVAILABLE (UNAVAILABLE): no active key. INTERNAL: OpenSSL failed, or the claims do
  // not fit into a token that anyone would accept (8 KiB).
  absl::StatusOr<Issued> Issue(const token::AccessTokenClaims& claims) override;

 private:
  const std::string issuer_;
  const base::Snapshot<std::optional<ActiveKey>>& active_;
  const base::Snapshot<token::RevocationSet>& revocations_;
};

}  // namespace signet::signing

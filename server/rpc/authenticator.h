#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/token/verifier.h"
#include "server/domain/caller.h"

namespace signet::rpc {

// Who sends a call, by its `authorization` metadata. Thread-safe, no I/O: microseconds.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // The session whose access token `authorization` carries as "Bearer <token>" (RFC 6750 section
  // 2.1; the scheme in any case, one blank). UNAUTHENTICATED (TOKEN_INVALID) with one constant
  // message for everything else: which check failed is nobody's business but the operator's.
  virtual absl::StatusOr<domain::Caller> Authenticate(absl::string_view authorization,
                                                      absl::Time now) const = 0;
};

// By the verifier that the server gives to others too. The audience is not judged: we are the
// issuer, whatever service the token is meant for.
class BearerAuthenticator final : public Authenticator {
 public:
  explicit BearerAuthenticator(const token::AccessTokenVerifier& verifier) : verifier_(verifier) {}
  absl::StatusOr<domain::Caller> Authenticate(absl::string_view authorization,
                                              absl::Time now) const override;

 private:
  const token::AccessTokenVerifier& verifier_;
};

}  // namespace signet::rpc

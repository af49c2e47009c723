#pragma once

#include "client/token/verifier.h"
#include "server/domain/sessions/validate_session.h"
#include "server/domain/tokens/validate_token.h"
#include "server/http/oauth/oauth_client.h"
#include "server/http/reply.h"
#include "server/observe/token_metrics.h"

namespace signet::http {

// POST /oauth2/introspect (RFC 7662): what Validate decides, whatever audience the token is for
// (the answer names it). Only a service account may ask (section 2.1): by an API key, or by an
// access token of its own as Bearer, which needs no query. No permission is asked for, as Validate
// asks for none. A session token is answered with the claims of its session, and extended; 503
// where it is not at hand and the database is gone.
//
// An active token is answered with its claims, anything else, a refresh token too, with exactly
// {"active":false}: why is nobody's business. Thread-safe.
class IntrospectionEndpoint {
 public:
  struct Uses {  // all outlive it
    const domain::ValidateToken& validate;
    domain::ValidateSession& sessions;
    const token::AccessTokenVerifier& verifier;
    const OauthClients& clients;
    observe::TokenMetrics& metrics;
  };
  explicit IntrospectionEndpoint(const Uses& uses) : uses_(uses) {}

  Reply Answer(const Request& request) const;

 private:
  absl::Status Authenticate(const Request& request, const Form& form) const;

  const Uses uses_;
};

}  // namespace signet::http

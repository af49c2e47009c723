#pragma once

#include "server/domain/gateways/authz_rules.h"
#include "server/domain/tokens/validate_token.h"
#include "server/http/reply.h"
#include "server/observe/http_metrics.h"
#include "server/observe/token_metrics.h"

namespace signet::http {

// GET /authz: a gateway (nginx auth_request, Traefik ForwardAuth, Caddy forward_auth) asks whether
// a request may pass to its upstream. It says which one by X-Forwarded-Method,
// X-Forwarded-Uri (the target as the client sent it), X-Forwarded-Host, and hands over the client's
// Authorization. By the rule of the path:
//   200  may pass. X-Signet-Subject, -Client, -Session, -Scope and -Permissions say who it is, and
//        Authorization what to send on. All of them are always there, empty where there is nothing
//        to say (anonymous, a token to be removed), so that a gateway that copies them overwrites
//        whatever a client made up.
//   401  no token, or none that Validate accepts for the rule's audience; WWW-Authenticate says
//        which (RFC 6750 section 3)
//   403  a scope or permission is missing; no rule; or servers read the request differently: a path
//        whose readings have different rules (path_readings.h), two Authorization fields, a
//        Connection field that would take one of these away on the way
//   400  the gateway did not say, once each, which request it is: it is not set up for this
// No query, no I/O: it goes on while the database is down, as Validate does. Thread-safe.
class AuthzEndpoint {
 public:
  struct Uses {  // all outlive it
    const domain::ValidateToken& validate;
    observe::TokenMetrics& tokens;
    observe::HttpMetrics& http;
  };
  AuthzEndpoint(domain::AuthzRules rules, const Uses& uses)
      : rules_(std::move(rules)), uses_(uses) {}

  Reply Answer(const Request& request) const;

 private:
  Reply Judge(const Request& request, const domain::AuthzRule& rule) const;
  Reply Refuse(observe::AuthzResult why, int status, const std::string& challenge = "") const;

  const domain::AuthzRules rules_;
  const Uses uses_;
};

}  // namespace signet::http

#pragma once

#include <string>
#include <vector>

#include "server/app/parts.h"
#include "server/http/oauth/introspection_endpoint.h"
#include "server/http/oauth/oauth_client.h"
#include "server/http/oauth/revocation_endpoint.h"
#include "server/http/oauth/token_endpoint.h"
#include "server/http/reply.h"

namespace signet::app {

struct AbuseGuards;

// The OAuth endpoints of the HTTP port, over the use cases that the RPCs have.
struct OAuth {
  // All outlive it. `audience`: of service tokens that are asked for without one.
  OAuth(UseCases& uses, AbuseGuards& guards, Tokens& tokens, Telemetry& telemetry,
        domain::ValidateSession& sessions, const std::string& audience);

  http::OauthClients clients;
  http::TokenEndpoint token;
  http::IntrospectionEndpoint introspection;
  http::RevocationEndpoint revocation;
};

// Their routes. `endpoints` gives null, and they answer 503, as long as the server is starting: the
// port opens before there are use cases.
std::vector<http::Route> OAuthRoutes(std::function<const OAuth*()> endpoints);

}  // namespace signet::app

#include "server/app/oauth.h"

#include <utility>

#include "server/app/abuse_parts.h"

namespace signet::app {

OAuth::OAuth(UseCases& uses, AbuseGuards& guards, Tokens& tokens, Telemetry& telemetry,
             domain::ValidateSession& sessions, const std::string& audience)
    : clients(uses.check_api_key, guards.rates),
      token({uses.guarded_refresh, uses.issue_service_token, clients, guards.rates}, audience),
      introspection({uses.validate, sessions, tokens.verifier, clients, telemetry.tokens}),
      revocation(uses.revoke, clients) {}

std::vector<http::Route> OAuthRoutes(std::function<const OAuth*()> endpoints) {
  const auto route = [&](std::string path, auto member) {
    http::Route made;
    made.path = std::move(path);
    made.methods = http::Route::Methods::kPost;
    made.lane = http::Route::Lane::kWorker;
    made.answer = [endpoints, member](const http::Request& request) {
      const OAuth* oauth = endpoints();
      return oauth == nullptr ? http::OverloadedReply() : (oauth->*member).Answer(request);
    };
    return made;
  };
  return {route("/oauth2/token", &OAuth::token), route("/oauth2/introspect", &OAuth::introspection),
          route("/oauth2/revoke", &OAuth::revocation)};
}

}  // namespace signet::app

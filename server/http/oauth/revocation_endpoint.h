#pragma once

#include "server/domain/tokens/revoke_token.h"
#include "server/http/oauth/oauth_client.h"
#include "server/http/reply.h"

namespace signet::http {

// POST /oauth2/revoke (RFC 7009): an access token alone, with a refresh token its whole session.
// Holding the token is the permission, as for the RPC, so that a client may stay anonymous;
// credentials that do come must be right. 200 also for what is dead or never lived. The
// token_type_hint is not needed: the forms tell. Thread-safe; asks the database.
class RevocationEndpoint {
 public:
  // Both outlive it.
  RevocationEndpoint(domain::RevokeToken& revoke, const OauthClients& clients)
      : revoke_(revoke), clients_(clients) {}

  Reply Answer(const Request& request) const;

 private:
  domain::RevokeToken& revoke_;
  const OauthClients& clients_;
};

}  // namespace signet::http

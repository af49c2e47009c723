#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/http/reply.h"

namespace signet::http {

// GET /.well-known/oauth-authorization-server (RFC 8414) and /.well-known/openid-configuration
// (OpenID Connect Discovery 1.0): where the endpoints are, below `issuer`, and what they support;
// nothing that is not there, so no authorization_endpoint. `algorithms` gives those of the keys in
// the key set. An issuer with a path has the first document at the place of RFC 8414 section 3.1,
// too.
std::vector<Route> Discovery(const std::string& issuer,
                             std::function<std::vector<std::string>()> algorithms);

}  // namespace signet::http

#pragma once

#include <string>
#include <utility>

#include "server/domain/access/issue_service_token.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/domain/sessions/guarded_refresh.h"
#include "server/http/oauth/oauth_client.h"
#include "server/http/reply.h"

namespace signet::http {

// POST /oauth2/token (RFC 6749 section 3.2), by the use cases that the RPCs have:
//   grant_type=refresh_token (section 6)       Refresh. The client may stay anonymous, because who
//       holds the token is the session; credentials that do come must be right. `scope` is refused:
//       a session's scope is what its login asked for.
//   grant_type=client_credentials (section 4.4) IssueServiceToken: an API key as
//   client_secret_basic
//       or client_secret_post. `scope` narrows, `audience` says for whom (the configured one
//       otherwise).
// Thread-safe; asks the database.
class TokenEndpoint {
 public:
  struct Uses {  // all outlive it
    domain::GuardedRefresh& refresh;
    domain::IssueServiceToken& issue_service_token;
    const OauthClients& clients;
    domain::RateLimiter& rates;
  };
  // `default_audience`: of a service token that is asked for without one. Not empty.
  TokenEndpoint(const Uses& uses, std::string default_audience)
      : uses_(uses), default_audience_(std::move(default_audience)) {}

  Reply Answer(const Request& request) const;

 private:
  absl::StatusOr<std::string> Refresh(const Request& request, const Form& form) const;
  absl::StatusOr<std::string> IssueServiceToken(const Request& request, const Form& form) const;

  const Uses uses_;
  const std::string default_audience_;
};

}  // namespace signet::http

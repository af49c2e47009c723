#pragma once

#include <optional>

#include "server/domain/gateways/judge_request.h"
#include "server/http/reply.h"

namespace signet::http {

// GET /authz: a gateway (nginx auth_request, Traefik ForwardAuth, Caddy forward_auth) asks whether
// a request may pass to its upstream. It says which one by X-Forwarded-Method,
// X-Forwarded-Uri (the target as the client sent it), X-Forwarded-Host, and hands over the client's
// fields: Authorization, and the Cookie of an old one. domain::JudgeRequest decides:
//   200  may pass. X-Signet-Subject, -Client, -Session, -Scope and -Permissions say who it is, and
//        Authorization and Cookie what to send on. All of them are always there, empty where there
//        is nothing to say (anonymous, a token to be removed), so that a gateway that copies them
//        overwrites whatever a client made up.
//   401  no token, or none that Validate accepts for the rule's audience; WWW-Authenticate says
//        which (RFC 6750 section 3)
//   403  a scope or permission is missing; no rule; or servers read the request differently
//   400  the gateway did not say, once each, which request it is: it is not set up for this
//   503  revocations have not been heard of for too long, where that is to refuse; or a session
//        token is not at hand while the database is gone: nobody is logged out by that
// Of access tokens no query, no I/O: it goes on while the database is down, as Validate does.
// Thread-safe.
class AuthzEndpoint {
 public:
  // `judge` outlives it.
  explicit AuthzEndpoint(const domain::JudgeRequest& judge) : judge_(judge) {}

  // Nothing where the database has to be asked: Answer() does, on a worker.
  std::optional<Reply> AnswerAtOnce(const Request& request) const;
  Reply Answer(const Request& request) const;

 private:
  const domain::JudgeRequest& judge_;
};

}  // namespace signet::http

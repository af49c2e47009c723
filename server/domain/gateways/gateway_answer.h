#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/domain/gateways/judge_request.h"

namespace signet::domain {

// What a gateway is to do with a request that was judged, in the terms of HTTP: the same whichever
// door it asked at.

// "token_refused": for logs and metadata of gateways. A closed set, that of the metric.
absl::string_view NameOf(GatewayResult result);

// 200; 401 where another token may help; 403 where none would; 400 of a question that is none; 503
// where the same request may pass later.
int HttpStatusOf(GatewayResult result);

// WWW-Authenticate of a refusal (RFC 6750 section 3); empty where it has none.
std::string ChallengeOf(const GatewayDecision& decision);

// How current the knowledge of revocations was that its token was judged by (RFC 3339); empty where
// none was judged.
std::string RevocationAsOf(const GatewayDecision& decision);

struct IdentityField {
  absl::string_view name;  // "x-signet-subject"
  std::string value;
};
// Who the request comes from, for the upstream of one that passes. All of them always, empty where
// there is nothing to say: a gateway that sets or removes each takes away what a client made up.
std::array<IdentityField, 5> IdentityOf(const GatewayDecision& decision);

// The client's cookies, as they are to be sent on: in one field (RFC 6265 section 5.4), without the
// one that may hold a session token where the upstream is not to get the token.
std::string CookiesSentOn(const GatewayQuestion& question, const GatewayDecision& decision);

// The other fields of a client that an upstream might take for these: "x_signet_subject" is the
// same variable to an application that reads fields as CGI does (RFC 3875 section 4.1.18).
std::vector<std::string> LookalikesIn(const GatewayQuestion& question);

}  // namespace signet::domain

#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/http/reply.h"

namespace signet::http {

// An error of an OAuth endpoint (RFC 6749 section 5.2): JSON of `error` and `error_description`,
// never cached. `description` is ASCII without quotes and backslashes.
Reply OauthError(int status, absl::string_view error, absl::string_view description);

// What a refusal of the domain is to an OAuth client:
//   FIELD_INVALID of scopes                400 invalid_scope
//   any other FIELD_INVALID                400 invalid_request, the description names the parameter
//   REFRESH_TOKEN_…, SESSION_ENDED         400 invalid_grant
//   CREDENTIALS_INVALID                    401 invalid_client, with WWW-Authenticate
//   TOKEN_INVALID                          401 invalid_token (RFC 6750), with WWW-Authenticate
//   RATE_LIMITED                           429 temporarily_unavailable, with Retry-After
//   no capacity, no database, no time      503 temporarily_unavailable, with Retry-After
//   anything else                          500 server_error, and no more
Reply OauthError(const absl::Status& status);

// A successful answer: JSON that nobody may keep (RFC 6749 section 5.1).
Reply OauthReply(std::string json);

}  // namespace signet::http

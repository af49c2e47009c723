#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/request.h"

namespace signet::console {

// Whether browsers come over TLS: to this port, or to a proxy in front of it.
enum class Browsers { kPlain, kTls };

// The access token of a person, from `Authorization: Bearer …` (for curl), or else from the cookie.
// Empty where there is none, or more than one of a kind: two readers could take two tokens.
std::string AccessTokenOf(const http::Request& request, Browsers browsers);

// The largest token for which a browser keeps a cookie, in bytes.
inline constexpr size_t kLargestCookieToken = 3800;

// The value of Set-Cookie. HttpOnly: no script reads it; SameSite=Strict: no other site's link,
// form or image brings it; over TLS Secure, under a name that only this host can set (`__Host-`,
// RFC 6265bis section 4.1.3.2). Gone after `life`, as the token.
std::string SetCookie(absl::string_view token, absl::Duration life, Browsers browsers);
std::string ClearCookie(Browsers browsers);

// Whether one of our own pages sent this POST, by the word of the browser: Sec-Fetch-Site, or where
// it sends none, an Origin whose host is the one that was asked. A login that another site's form
// sends would leave a person in a session that is not theirs; a request that says neither is
// refused.
bool SentByOurPage(const http::Request& request);

}  // namespace signet::console

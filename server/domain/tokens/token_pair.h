#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/domain/ports/token_issuer.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

// What a session holds after login and after every refresh.
struct TokenPair {
  base::Secret access_token;   // compact JWS
  base::Secret refresh_token;  // sgr_…
  absl::Duration expires_in;
  absl::Duration refresh_expires_in;
};

struct TokenLifetimes {
  absl::Duration access = absl::Minutes(15);
  absl::Duration lineage = absl::Hours(24 * 30);  // 7 days in the stricter profile
  // A session that refreshes nothing for so long has ended; infinite: activity does not count.
  absl::Duration idle = absl::InfiniteDuration();
  // Of a session that a session token holds: from its last use, and from its login.
  absl::Duration session_idle = absl::Minutes(15);
  absl::Duration session_life = absl::Hours(8);
  absl::Duration replay_window = absl::Seconds(30);
  // The longest that any verifier accepts a token after `exp`, whatever this server's own leeway:
  // revocations are kept that much longer.
  absl::Duration leeway = absl::Seconds(30);

  // Until when a revocation recorded at `now` can matter to anybody.
  absl::Time RevocationExpiry(absl::Time now) const;
  // A session that was last used then or before has been idle for too long.
  absl::Time IdleSince(absl::Time now) const { return now - idle; }
  // The same of either kind.
  IdleSessions IdleSessionsAt(absl::Time now) const { return {now - idle, now - session_idle}; }
};

// The access token of a session, signed now. `iat` is never before the user's not-before,
// so that a login right after "log out everywhere" is not refused with the old tokens.
absl::StatusOr<base::Secret> IssueAccessToken(TokenIssuer& issuer, const SessionGrant& grant,
                                              const TokenLifetimes& lifetimes, absl::Time now);

// The same with the refresh token that goes with it.
absl::StatusOr<TokenPair> IssueTokenPair(TokenIssuer& issuer, const SessionGrant& grant,
                                         base::Secret refresh_token,
                                         const TokenLifetimes& lifetimes, absl::Time now);

}  // namespace signet::domain

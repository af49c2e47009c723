#include "server/domain/tokens/token_pair.h"

#include <algorithm>
#include <utility>

#include "client/base/clock.h"
#include "client/base/ids.h"
#include "client/base/status_macros.h"
#include "client/token/claims.h"
#include "server/domain/access/held_role.h"

namespace signet::domain {
namespace {

bool Contains(const std::vector<std::string>& values, absl::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// An access token outlives neither its session's lineage nor a role that it says, and always lives
// for a second.
absl::Time ExpiryOf(const SessionGrant& grant, const Access& access, absl::Time issued_at,
                    const TokenLifetimes& lifetimes) {
  const absl::Time end = std::min(grant.lineage_expires_at, access.until);
  return std::max(std::min(issued_at + lifetimes.access, base::WholeSeconds(end)),
                  issued_at + absl::Seconds(1));
}

}  // namespace

absl::Time TokenLifetimes::RevocationExpiry(absl::Time now) const {
  // Two seconds for `iat` moved up to a user's not-before, one for the rounding of `exp`.
  return now + access + leeway + absl::Seconds(3);
}

absl::StatusOr<base::Secret> IssueAccessToken(TokenIssuer& issuer, const SessionGrant& grant,
                                              const TokenLifetimes& lifetimes, absl::Time now) {
  token::AccessTokenClaims claims;
  claims.subject = grant.user_id.ToString();
  claims.session_id = grant.session_id.ToString();
  claims.token_id = base::TokenId::New(now).ToString();
  claims.client_id = grant.client_id;
  claims.audiences = {grant.audience};
  claims.issued_at = std::max(base::WholeSeconds(now), grant.user_not_before);
  Access access = AccessAt(grant.roles, now);
  claims.expires_at = ExpiryOf(grant, access, claims.issued_at, lifetimes);
  claims.scopes = grant.scopes;
  claims.roles = std::move(access.roles);
  claims.permissions = FittingPermissions(std::move(access.permissions));
  if (Contains(grant.scopes, "email")) claims.email = grant.email;
  claims.auth_time = base::WholeSeconds(grant.authenticated_at);
  if (!grant.acr.empty()) claims.acr = grant.acr;
  claims.amr = grant.amr;
  SIGNET_ASSIGN_OR_RETURN(TokenIssuer::Issued issued, issuer.Issue(claims));
  return std::move(issued.token);
}

absl::StatusOr<TokenPair> IssueTokenPair(TokenIssuer& issuer, const SessionGrant& grant,
                                         base::Secret refresh_token,
                                         const TokenLifetimes& lifetimes, absl::Time now) {
  TokenPair pair;
  SIGNET_ASSIGN_OR_RETURN(pair.access_token, IssueAccessToken(issuer, grant, lifetimes, now));
  pair.refresh_token = std::move(refresh_token);
  pair.refresh_expires_in =
      absl::Floor(std::min(grant.lineage_expires_at - now, lifetimes.idle), absl::Seconds(1));
  pair.expires_in = std::min(lifetimes.access, pair.refresh_expires_in);
  const absl::Time until = AccessAt(grant.roles, now).until;
  if (until != absl::InfiniteFuture()) {
    pair.expires_in = std::min(pair.expires_in, absl::Floor(until - now, absl::Seconds(1)));
  }
  return pair;
}

}  // namespace signet::domain

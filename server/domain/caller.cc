#include "server/domain/caller.h"

#include <algorithm>
#include <utility>

#include "client/base/error.h"

namespace signet::domain {

absl::StatusOr<Caller> Caller::From(token::VerifiedAccessToken token) {
  const token::ClaimsView claims = token.claims();
  const auto user = base::UserId::FromString(claims.subject);
  const auto session =
      claims.session_id ? base::SessionId::FromString(*claims.session_id) : std::nullopt;
  if (!user || !session) {
    return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                           "the access token does not belong to a session of a person");
  }
  return Caller(std::move(token), *user, *session);
}

absl::Time Caller::authenticated_at() const {
  return token_.claims().auth_time.value_or(absl::InfinitePast());
}

bool Caller::Has(absl::string_view permission) const {
  const token::TextList held = token_.claims().permissions;
  return std::find(held.begin(), held.end(), permission) != held.end();
}

absl::Status Caller::Require(absl::string_view permission) const {
  if (Has(permission)) return absl::OkStatus();
  return base::PermissionMissing(permission);
}

}  // namespace signet::domain

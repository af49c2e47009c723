#include "server/domain/service_caller.h"

#include <algorithm>

#include "client/base/error.h"

namespace signet::domain {

absl::StatusOr<ServiceCaller> ServiceCaller::From(const token::VerifiedAccessToken& token) {
  const token::ClaimsView claims = token.claims();
  const auto account = ServiceAccountId::FromString(claims.subject);
  if (!account || claims.session_id) {
    return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                           "the access token does not belong to a service account");
  }
  return ServiceCaller(*account, claims.permissions.ToVector());
}

bool ServiceCaller::Has(absl::string_view permission) const {
  return std::find(permissions_.begin(), permissions_.end(), permission) != permissions_.end();
}

absl::Status ServiceCaller::Require(absl::string_view permission) const {
  if (Has(permission)) return absl::OkStatus();
  return base::PermissionMissing(permission);
}

}  // namespace signet::domain

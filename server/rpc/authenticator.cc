#include "server/rpc/authenticator.h"

#include "absl/strings/match.h"
#include "client/base/error.h"

namespace signet::rpc {
namespace {

absl::Status Refused() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                         "a valid access token is needed: authorization: Bearer <token>");
}

}  // namespace

absl::StatusOr<domain::Caller> BearerAuthenticator::Authenticate(absl::string_view authorization,
                                                                 absl::Time now) const {
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return Refused();
  const token::Verdict verdict =
      verifier_.VerifyForIssuer(authorization.substr(kScheme.size()), now);
  if (!verdict.accepted()) return Refused();
  return domain::Caller::From(verdict.token());
}

}  // namespace signet::rpc

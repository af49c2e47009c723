#include "server/http/oauth/introspection_endpoint.h"

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/token/claims_writer.h"
#include "server/domain/service_caller.h"
#include "server/domain/sessions/session_token.h"
#include "server/http/count_decision.h"
#include "server/http/oauth/oauth_error.h"

namespace signet::http {
namespace {

absl::Status TokenRefused() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                         "a valid access token of a service account is needed");
}

std::string ActiveJson(const token::VerifiedAccessToken& token) {
  std::string claims;
  token::WriteClaims(token.claims().ToClaims(), claims);
  return "{\"active\":true,\"token_type\":\"Bearer\"," + claims.substr(1);
}

}  // namespace

Reply IntrospectionEndpoint::Answer(const Request& request) const {
  const auto form = Form::Read(request);
  if (!form.ok()) return OauthError(form.status());
  const absl::Status authenticated = Authenticate(request, *form);
  if (!authenticated.ok()) return OauthError(authenticated);
  const auto token = form->Need("token", kMaxBody);
  if (!token.ok()) return OauthError(token.status());
  const auto decision = domain::SessionToken::Is(*token)
                            ? uses_.sessions.Run(*token, std::nullopt, request.call.now).decision
                            : uses_.validate.RunForIssuer(*token, request.call.now);
  Count(decision, uses_.metrics);
  // {"active":false} would log somebody out of whom nothing is known.
  if (decision.refusal == domain::SessionRefusal::kUnavailable) return OverloadedReply();
  if (!decision.active()) return OauthReply("{\"active\":false}");
  return OauthReply(ActiveJson(decision.verdict.token()));
}

absl::Status IntrospectionEndpoint::Authenticate(const Request& request, const Form& form) const {
  SIGNET_ASSIGN_OR_RETURN(const auto client, ReadClient(request, form));
  if (client) return uses_.clients.Authenticate(*client, request.call).status();
  const absl::string_view authorization = request.Find("authorization");
  if (!absl::StartsWithIgnoreCase(authorization, kBearer)) return ClientRefused();
  const token::Verdict verdict =
      uses_.verifier.VerifyForIssuer(authorization.substr(kBearer.size()), request.call.now);
  if (!verdict.accepted()) return TokenRefused();
  return domain::ServiceCaller::From(verdict.token()).ok() ? absl::OkStatus() : TokenRefused();
}

}  // namespace signet::http

#include "server/http/oauth/revocation_endpoint.h"

#include "server/http/oauth/oauth_error.h"

namespace signet::http {

Reply RevocationEndpoint::Answer(const Request& request) const {
  const auto form = Form::Read(request);
  if (!form.ok()) return OauthError(form.status());
  const auto token = form->Need("token", kMaxBody);
  if (!token.ok()) return OauthError(token.status());
  const absl::Status client = clients_.CheckIfPresent(request, *form);
  if (!client.ok()) return OauthError(client);
  const absl::Status revoked = revoke_.Run(*token, request.call);
  return revoked.ok() ? OauthReply("") : OauthError(revoked);
}

}  // namespace signet::http

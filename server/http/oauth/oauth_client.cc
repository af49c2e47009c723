#include "server/http/oauth/oauth_client.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/abuse/caller_rates.h"

namespace signet::http {
namespace {

constexpr absl::string_view kBasic = "Basic ";
constexpr size_t kMostCredentials = 1024;

absl::Status Unreadable() {
  return base::FieldError("authorization", "has credentials that cannot be read");
}

// RFC 6749 section 2.3.1: both parts are form-encoded before they become Basic.
absl::StatusOr<ClientCredentials> ReadBasic(absl::string_view authorization) {
  if (authorization.size() > kMostCredentials) return Unreadable();
  std::string text;
  const bool read = absl::Base64Unescape(authorization.substr(kBasic.size()), &text);
  const base::Secret decoded(std::move(text));  // wiped on every way out
  const absl::string_view pair = decoded.reveal();
  const size_t colon = pair.find(':');
  if (!read || colon == pair.npos) return Unreadable();
  ClientCredentials client;
  std::string secret;
  const bool whole = DecodeFormText(pair.substr(0, colon), client.client_id) &&
                     DecodeFormText(pair.substr(colon + 1), secret);
  client.api_key = base::Secret(std::move(secret));
  if (!whole || client.client_id.empty()) return Unreadable();
  return client;
}

}  // namespace

absl::Status ClientRefused() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "CREDENTIALS_INVALID",
                         "the client is not authenticated");
}

absl::StatusOr<std::optional<ClientCredentials>> ReadClient(const Request& request,
                                                            const Form& form) {
  const auto authorizations = request.All("authorization");
  if (authorizations.size() > 1) return base::FieldError("authorization", "occurs twice");
  const absl::string_view id = form.Get("client_id");
  const absl::string_view secret = form.Get("client_secret");
  if (authorizations.empty()) {
    if (secret.empty()) return std::nullopt;
    if (id.empty()) return base::FieldError("client_id", "is required");
    return ClientCredentials{std::string(id), base::Secret(secret)};
  }
  if (!secret.empty()) return base::FieldError("client_secret", "is a second authentication");
  if (absl::StartsWithIgnoreCase(authorizations.front(), kBearer)) return std::nullopt;
  if (!absl::StartsWithIgnoreCase(authorizations.front(), kBasic)) return ClientRefused();
  SIGNET_ASSIGN_OR_RETURN(ClientCredentials client, ReadBasic(authorizations.front()));
  if (!id.empty() && id != client.client_id) {
    return base::FieldError("client_id", "is not that of the authorization");
  }
  return client;
}

absl::StatusOr<domain::ServiceCaller> OauthClients::Authenticate(
    const ClientCredentials& client, const domain::CallInfo& call) const {
  SIGNET_RETURN_IF_ERROR(
      domain::TakeOfCaller(rates_, domain::LimitedAction::kApiKey, call.peer.address, call.now));
  SIGNET_ASSIGN_OR_RETURN(domain::ApiKeyDecision decision,
                          check_.Run(client.api_key.reveal(), call, client.client_id));
  if (!decision.caller) return ClientRefused();
  return *std::move(decision.caller);
}

absl::Status OauthClients::CheckIfPresent(const Request& request, const Form& form) const {
  SIGNET_ASSIGN_OR_RETURN(const auto client, ReadClient(request, form));
  if (!client) return absl::OkStatus();
  return Authenticate(*client, request.call).status();
}

}  // namespace signet::http

#include "server/http/oauth/token_endpoint.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/abuse/caller_rates.h"
#include "server/http/oauth/json_object.h"
#include "server/http/oauth/oauth_error.h"

namespace signet::http {
namespace {

constexpr size_t kMaxRefreshToken = 256;
constexpr size_t kMaxAudience = 256;
constexpr size_t kMaxScopes = 32;
constexpr size_t kMaxScope = 64;

// RFC 6749 section 3.3: visible ASCII without quote and backslash.
bool IsVisible(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

absl::StatusOr<std::vector<std::string>> ReadScope(absl::string_view scope) {
  std::vector<std::string> scopes = absl::StrSplit(scope, ' ', absl::SkipEmpty());
  if (scopes.size() > kMaxScopes) return base::FieldError("scope", "has too many values");
  for (const std::string& one : scopes) {
    if (one.size() > kMaxScope || !IsVisible(one)) {
      return base::FieldError("scope", "has a value that is no scope");
    }
  }
  return scopes;
}

absl::StatusOr<std::string> ReadAudience(const Form& form, const std::string& otherwise) {
  const absl::string_view audience = form.Get("audience");
  if (audience.empty()) return otherwise;
  if (audience.size() > kMaxAudience || !IsVisible(audience)) {
    return base::FieldError("audience", "is no audience");
  }
  return std::string(audience);
}

std::string RefreshedJson(const domain::TokenPair& tokens) {
  return JsonObject()
      .Add("access_token", tokens.access_token.reveal())
      .Add("token_type", "Bearer")
      .Add("expires_in", absl::ToInt64Seconds(tokens.expires_in))
      .Add("refresh_token", tokens.refresh_token.reveal())
      .Take();
}

}  // namespace

Reply TokenEndpoint::Answer(const Request& request) const {
  const auto form = Form::Read(request);
  if (!form.ok()) return OauthError(form.status());
  const absl::string_view grant = form->Get("grant_type");
  if (grant.empty()) return OauthError(base::FieldError("grant_type", "is required"));
  absl::StatusOr<std::string> json;
  if (grant == "refresh_token") {
    json = Refresh(request, *form);
  } else if (grant == "client_credentials") {
    json = IssueServiceToken(request, *form);
  } else {
    return OauthError(400, "unsupported_grant_type",
                      "refresh_token and client_credentials are supported");
  }
  return json.ok() ? OauthReply(*std::move(json)) : OauthError(json.status());
}

absl::StatusOr<std::string> TokenEndpoint::Refresh(const Request& request, const Form& form) const {
  SIGNET_RETURN_IF_ERROR(domain::TakeOfCaller(uses_.rates, domain::LimitedAction::kRefresh,
                                              request.call.peer.address, request.call.now));
  SIGNET_ASSIGN_OR_RETURN(const absl::string_view token,
                          form.Need("refresh_token", kMaxRefreshToken));
  if (!form.Get("scope").empty()) {
    return base::FieldError("scope", "cannot be changed: it is that of the login");
  }
  SIGNET_RETURN_IF_ERROR(uses_.clients.CheckIfPresent(request, form));
  const domain::RefreshAttempt attempt{token, request.call};
  SIGNET_RETURN_IF_ERROR(uses_.refresh.Admit(attempt));
  absl::StatusOr<domain::RefreshDecision> decision =
      absl::InternalError("a refresh was not decided");
  uses_.refresh.Run({&attempt, 1}, [&](size_t, absl::StatusOr<domain::RefreshDecision> decided) {
    decision = std::move(decided);
  });
  if (!decision.ok()) return decision.status();
  if (!decision->tokens) return domain::RefusalOf(decision->outcome);
  return RefreshedJson(*decision->tokens);
}

absl::StatusOr<std::string> TokenEndpoint::IssueServiceToken(const Request& request,
                                                             const Form& form) const {
  SIGNET_ASSIGN_OR_RETURN(auto client, ReadClient(request, form));
  if (!client) return ClientRefused();
  domain::ServiceTokenCommand command;
  SIGNET_ASSIGN_OR_RETURN(command.scopes, ReadScope(form.Get("scope")));
  SIGNET_ASSIGN_OR_RETURN(command.audience, ReadAudience(form, default_audience_));
  SIGNET_RETURN_IF_ERROR(domain::TakeOfCaller(uses_.rates, domain::LimitedAction::kApiKey,
                                              request.call.peer.address, request.call.now));
  command.api_key = base::Secret(client->api_key.reveal());
  command.client_id = client->client_id;
  SIGNET_ASSIGN_OR_RETURN(const auto decision,
                          uses_.issue_service_token.Run(command, request.call));
  if (!decision.access_token) return ClientRefused();
  return JsonObject()
      .Add("access_token", decision.access_token->reveal())
      .Add("token_type", "Bearer")
      .Add("expires_in", absl::ToInt64Seconds(decision.expires_in))
      .Add("scope", absl::StrJoin(decision.scopes, " "))
      .Take();
}

}  // namespace signet::http

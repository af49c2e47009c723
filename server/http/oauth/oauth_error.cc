#include "server/http/oauth/oauth_error.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/error.h"
#include "server/http/oauth/json_object.h"

namespace signet::http {
namespace {

Reply TryLater(int status, const absl::Status& why, absl::string_view description) {
  Reply reply = OauthError(status, "temporarily_unavailable", description);
  const absl::Duration wait = base::RetryAfter(why).value_or(absl::Seconds(1));
  const int64_t seconds =
      std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1))));
  reply.fields.push_back({"Retry-After", absl::StrCat(seconds)});
  return reply;
}

Reply FieldRefused(const absl::Status& status) {
  const auto violations = base::FieldViolations(status);
  if (violations.empty()) return OauthError(400, "invalid_request", "the request is not valid");
  const auto& [field, description] = violations.front();
  return OauthError(400, absl::StartsWith(field, "scope") ? "invalid_scope" : "invalid_request",
                    absl::StrCat(field, " ", description));
}

Reply Unauthorized(absl::string_view error, absl::string_view description,
                   absl::string_view challenge) {
  Reply reply = OauthError(401, error, description);
  reply.fields.push_back({"WWW-Authenticate", std::string(challenge)});
  return reply;
}

}  // namespace

Reply OauthReply(std::string json) {
  Reply reply{.content_type = "application/json", .body = std::move(json)};
  reply.fields.push_back({"Pragma", "no-cache"});
  return reply;
}

Reply OauthError(int status, absl::string_view error, absl::string_view description) {
  Reply reply =
      OauthReply(JsonObject().Add("error", error).Add("error_description", description).Take());
  reply.status = status;
  return reply;
}

Reply OauthError(const absl::Status& status) {
  const std::string reason = base::ErrorReason(status);
  if (reason == "FIELD_INVALID") return FieldRefused(status);
  if (reason == "CREDENTIALS_INVALID") {
    return Unauthorized("invalid_client", "the client is not authenticated",
                        "Basic realm=\"signet\"");
  }
  if (reason == "TOKEN_INVALID") {
    return Unauthorized("invalid_token", "a valid access token of a service account is needed",
                        "Bearer realm=\"signet\", error=\"invalid_token\"");
  }
  if (absl::StartsWith(reason, "REFRESH_TOKEN_") || reason == "SESSION_ENDED") {
    return OauthError(400, "invalid_grant", status.message());
  }
  if (reason == "RATE_LIMITED") return TryLater(429, status, "too many requests");
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
      absl::IsResourceExhausted(status)) {
    return TryLater(503, status, "try again later");
  }
  return OauthError(500, "server_error", "internal error");
}

}  // namespace signet::http

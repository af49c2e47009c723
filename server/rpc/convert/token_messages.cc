#include "server/rpc/convert/token_messages.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxRefreshToken = 256;
constexpr size_t kMaxAccessToken = 8192;
constexpr size_t kMaxApiKey = 256;

absl::Status CheckPresent(absl::string_view field, absl::string_view value) {
  return value.empty() ? base::FieldError(field, "is required") : absl::OkStatus();
}

template <typename Strings>
void AddAll(const Strings& from, google::protobuf::RepeatedPtrField<std::string>& to) {
  to.Reserve(static_cast<int>(from.size()));
  for (const std::string& value : from) *to.Add() = value;
}

}  // namespace

absl::Status Check(const v1::RefreshRequest& request) {
  return CheckText("refresh_token", request.refresh_token(), 1, kMaxRefreshToken);
}

absl::Status Check(const ValidateFields& request) {
  SIGNET_RETURN_IF_ERROR(CheckPresent("token", request.token));
  return CheckVisibleAscii("audience", request.audience, 1, kMaxAudience);
}

absl::Status Check(const BatchFields& request) {
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("audience", request.audience, 1, kMaxAudience));
  if (request.tokens.empty()) return base::FieldError("tokens", "is required");
  if (request.tokens.size() > kMaxBatchTokens) {
    return base::FieldError("tokens", absl::StrCat("has more than ", kMaxBatchTokens, " values"));
  }
  for (size_t i = 0; i < request.tokens.size(); ++i) {
    if (request.tokens[i].empty()) {
      return base::FieldError(absl::StrCat("tokens[", i, "]"), "is required");
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::RevokeRequest& request) {
  return CheckText("token", request.token(), 1, kMaxAccessToken);
}

absl::Status Check(const v1::ExplainTokenRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckPresent("token", request.token()));
  return CheckVisibleAscii("audience", request.audience(), 0, kMaxAudience);
}

BatchFields FieldsOf(const v1::ValidateBatchRequest& request) {
  return {.tokens = {request.tokens().begin(), request.tokens().end()},
          .audience = request.audience(),
          .omit_claims = request.omit_claims()};
}

v1::InactiveReason ToProto(token::RejectReason reason) {
  switch (reason) {
    case token::RejectReason::kTooLarge:
      return v1::INACTIVE_REASON_TOO_LARGE;
    case token::RejectReason::kMalformed:
      return v1::INACTIVE_REASON_MALFORMED;
    case token::RejectReason::kHeaderInvalid:
      return v1::INACTIVE_REASON_HEADER_INVALID;
    case token::RejectReason::kAlgorithmNotAllowed:
      return v1::INACTIVE_REASON_ALGORITHM_NOT_ALLOWED;
    case token::RejectReason::kKeyUnknown:
      return v1::INACTIVE_REASON_KEY_UNKNOWN;
    case token::RejectReason::kTypeInvalid:
      return v1::INACTIVE_REASON_TYPE_INVALID;
    case token::RejectReason::kCriticalHeader:
      return v1::INACTIVE_REASON_CRITICAL_HEADER;
    case token::RejectReason::kSignatureInvalid:
      return v1::INACTIVE_REASON_SIGNATURE_INVALID;
    case token::RejectReason::kClaimsInvalid:
      return v1::INACTIVE_REASON_CLAIMS_INVALID;
    case token::RejectReason::kIssuerMismatch:
      return v1::INACTIVE_REASON_ISSUER_MISMATCH;
    case token::RejectReason::kAudienceMismatch:
      return v1::INACTIVE_REASON_AUDIENCE_MISMATCH;
    case token::RejectReason::kExpired:
      return v1::INACTIVE_REASON_EXPIRED;
    case token::RejectReason::kNotYetValid:
      return v1::INACTIVE_REASON_NOT_YET_VALID;
    case token::RejectReason::kRevokedToken:
      return v1::INACTIVE_REASON_REVOKED_TOKEN;
    case token::RejectReason::kRevokedSession:
      return v1::INACTIVE_REASON_REVOKED_SESSION;
    case token::RejectReason::kRevokedUser:
      return v1::INACTIVE_REASON_REVOKED_USER;
    case token::RejectReason::kRevokedKey:
      return v1::INACTIVE_REASON_REVOKED_KEY;
  }
  return v1::INACTIVE_REASON_UNSPECIFIED;
}

v1::InactiveReason ToProto(domain::SessionRefusal refusal) {
  switch (refusal) {
    case domain::SessionRefusal::kUnknown:
      return v1::INACTIVE_REASON_SESSION_UNKNOWN;
    case domain::SessionRefusal::kIdle:
      return v1::INACTIVE_REASON_SESSION_IDLE;
    case domain::SessionRefusal::kOff:
      return v1::INACTIVE_REASON_SESSION_TOKENS_OFF;
    case domain::SessionRefusal::kUnavailable:
      return v1::INACTIVE_REASON_UNAVAILABLE;
  }
  return v1::INACTIVE_REASON_UNSPECIFIED;
}

v1::InactiveReason PublicReason(const domain::ValidateDecision& decision) {
  if (decision.revocation_stale) return v1::INACTIVE_REASON_REVOCATION_STALE;
  return decision.refusal ? ToProto(*decision.refusal) : ToProto(decision.verdict.reason());
}

v1::DecisionSource ToProto(token::DecisionSource source) {
  return source == token::DecisionSource::kCache ? v1::DECISION_SOURCE_CACHE
                                                 : v1::DECISION_SOURCE_SIGNATURE;
}

void FromClaims(const token::AccessTokenClaims& claims, v1::Claims& out) {
  out.set_issuer(claims.issuer);
  out.set_subject(claims.subject);
  AddAll(claims.audiences, *out.mutable_audiences());
  out.set_client_id(claims.client_id);
  out.set_token_id(claims.token_id);
  SetTimestamp(claims.issued_at, *out.mutable_issued_at());
  SetTimestamp(claims.expires_at, *out.mutable_expires_at());
  if (claims.session_id) out.set_session_id(*claims.session_id);
  AddAll(claims.scopes, *out.mutable_scopes());
  AddAll(claims.roles, *out.mutable_roles());
  AddAll(claims.permissions, *out.mutable_permissions());
  if (claims.email) out.set_email(*claims.email);
  if (claims.auth_time) SetTimestamp(*claims.auth_time, *out.mutable_auth_time());
  if (claims.acr) out.set_acr(*claims.acr);
  AddAll(claims.amr, *out.mutable_amr());
}

void FromExplanation(const domain::TokenExplanation& explanation, v1::ExplainTokenResponse& out) {
  using Kind = domain::TokenExplanation::Kind;
  switch (explanation.kind) {
    case Kind::kUnrecognised:
      out.set_kind(v1::ExplainTokenResponse::KIND_UNSPECIFIED);
      break;
    case Kind::kAccessToken:
      out.set_kind(v1::ExplainTokenResponse::KIND_ACCESS_TOKEN);
      break;
    case Kind::kRefreshToken:
      out.set_kind(v1::ExplainTokenResponse::KIND_REFRESH_TOKEN);
      break;
    case Kind::kSessionToken:
      out.set_kind(v1::ExplainTokenResponse::KIND_SESSION_TOKEN);
      break;
  }
  out.set_active(explanation.active);
  if (explanation.reason) out.set_reason(ToProto(*explanation.reason));
  AddAll(explanation.steps, *out.mutable_steps());
  out.set_header_json(explanation.header_json);
  out.set_claims_json(explanation.claims_json);
  out.set_session_id(explanation.session_id);
}

absl::StatusOr<domain::ServiceTokenCommand> ToServiceTokenCommand(
    v1::IssueServiceTokenRequest& request, const std::string& default_audience) {
  domain::ServiceTokenCommand command;
  command.api_key = base::Secret(std::move(*request.mutable_api_key()));
  SIGNET_RETURN_IF_ERROR(CheckText("api_key", command.api_key.reveal(), 0, kMaxApiKey));
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("audience", request.audience(), 0, kMaxAudience));
  SIGNET_RETURN_IF_ERROR(CheckScopes("scopes", request.scopes()));
  command.audience = request.audience().empty() ? default_audience : request.audience();
  command.scopes.assign(request.scopes().begin(), request.scopes().end());
  return command;
}

void FromServiceToken(const domain::ServiceTokenDecision& decision,
                      v1::IssueServiceTokenResponse& out) {
  out.set_access_token(std::string(decision.access_token->reveal()));
  SetDuration(decision.expires_in, *out.mutable_expires_in());
  AddAll(decision.scopes, *out.mutable_scopes());
  out.set_token_type("Bearer");
}

}  // namespace signet::rpc

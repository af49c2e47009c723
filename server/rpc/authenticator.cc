#include "server/rpc/authenticator.h"

#include <optional>

#include "absl/strings/match.h"
#include "client/base/error.h"

namespace signet::rpc {
namespace {

absl::Status TokenNeeded() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                         "a valid access token is needed: authorization: Bearer <token>");
}

}  // namespace

absl::StatusOr<domain::ServiceCaller> Authenticator::AuthenticateService(absl::string_view,
                                                                         absl::Time) const {
  return TokenNeeded();
}

absl::StatusOr<domain::ServiceCaller> Authenticator::AuthenticateBasic(
    absl::string_view, const domain::CallInfo&) const {
  return TokenNeeded();
}

absl::StatusOr<domain::Caller> Authenticator::AuthenticateSession(absl::string_view, Reading,
                                                                  absl::Time) const {
  return TokenNeeded();
}

absl::StatusOr<domain::Caller> BearerAuthenticator::AuthenticateSession(
    absl::string_view session_token, Reading reading, absl::Time now) const {
  if (sessions_ == nullptr) return TokenNeeded();
  const auto judged = reading == Reading::kAnew
                          ? sessions_->RunAnew(session_token, std::nullopt, now)
                          : sessions_->Run(session_token, std::nullopt, now);
  const domain::ValidateDecision& decision = judged.decision;
  if (decision.refusal == domain::SessionRefusal::kUnavailable) {
    return base::StorageUnavailable(absl::Seconds(1));
  }
  // How old the knowledge of revocations is counts for what services ask, as with access tokens.
  if (!decision.verdict.accepted()) return TokenNeeded();
  return domain::Caller::From(decision.verdict.token());
}

absl::StatusOr<domain::Caller> BearerAuthenticator::Authenticate(absl::string_view authorization,
                                                                 absl::Time now) const {
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return TokenNeeded();
  const token::Verdict verdict =
      verifier_.VerifyForIssuer(authorization.substr(kScheme.size()), now);
  if (!verdict.accepted()) return TokenNeeded();
  return domain::Caller::From(verdict.token());
}

absl::StatusOr<domain::ServiceCaller> BearerAuthenticator::AuthenticateService(
    absl::string_view authorization, absl::Time now) const {
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return TokenNeeded();
  const token::Verdict verdict =
      verifier_.VerifyForIssuer(authorization.substr(kScheme.size()), now);
  if (!verdict.accepted()) return TokenNeeded();
  return domain::ServiceCaller::From(verdict.token());
}

absl::StatusOr<domain::ServiceCaller> BearerAuthenticator::AuthenticateBasic(
    absl::string_view authorization, const domain::CallInfo& call) const {
  if (basic_ == nullptr) return TokenNeeded();
  return basic_->Authenticate(authorization, call);
}

}  // namespace signet::rpc

#include "server/domain/tokens/revoke_token.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "client/base/secret.h"
#include "client/base/status_macros.h"
#include "server/domain/sessions/refresh.h"
#include "server/domain/sessions/refresh_token.h"
#include "server/domain/sessions/session_token.h"

namespace signet::domain {
namespace {

constexpr size_t kMostTarget = 128;  // of AuditEvent::target

}  // namespace

absl::Status RevokeToken::Run(absl::string_view token, const CallInfo& call) {
  if (absl::StartsWith(token, "sgr_")) return RevokeSession(token, call);
  if (SessionToken::Is(token)) return RevokeSessionToken(token, call);
  const token::Verdict verdict = verifier_.VerifyForIssuer(token, call.now);
  if (!verdict.accepted()) return absl::OkStatus();  // RFC 7009 section 2.2
  const token::ClaimsView claims = verdict.token().claims();
  token::RevocationRecord record;
  record.kind = token::RevocationKind::kToken;
  record.subject = std::string(claims.token_id);
  record.recorded_at = call.now;
  record.expires_at = claims.expires_at + lifetimes_.leeway + absl::Seconds(1);
  AuditEvent event = AuditEventOf(AuditAction::kRevokeToken, call);
  event.subject = base::UserId::FromString(claims.subject);
  if (claims.session_id) event.session = base::SessionId::FromString(*claims.session_id);
  event.target = std::string(claims.token_id.substr(0, kMostTarget));
  return revocations_.AppendAudited(record, audit_.Record(std::move(event))).status();
}

absl::Status RevokeToken::RevokeSession(absl::string_view refresh_token, const CallInfo& call) {
  const std::optional<RefreshToken> token = RefreshToken::Parse(refresh_token);
  if (!token) return absl::OkStatus();
  const Presented presented = token->ToPresented();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<LineageView> view, sessions_.Read(presented));
  // A rotated token will do: whoever holds one may end the session, and by presenting it to Refresh
  // would end it anyway. A made-up one does nothing.
  const RefreshOutcome outcome = ClassifyPresented(presented, view, lifetimes_, call.now);
  if (outcome == RefreshOutcome::kUnknown || view->end_reason) return absl::OkStatus();
  return End(presented.user_id, presented.session_id, call);
}

// Whatever the policy of session tokens: whoever wants out gets out.
absl::Status RevokeToken::RevokeSessionToken(absl::string_view session_token,
                                             const CallInfo& call) {
  const std::optional<SessionToken> token = SessionToken::Parse(session_token);
  if (!token) return absl::OkStatus();
  const PresentedSession presented = token->ToPresented();
  SIGNET_ASSIGN_OR_RETURN(const auto views,
                          session_tokens_.Find(absl::MakeConstSpan(&presented, 1)));
  const std::optional<SessionTokenView>& view = views.front();
  if (!view || !base::ConstantTimeEquals(view->secret_hash, presented.secret_hash) ||
      view->end_reason) {
    return absl::OkStatus();
  }
  return End(presented.user_id, presented.session_id, call);
}

absl::Status RevokeToken::End(base::UserId user, base::SessionId session, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kRevokeToken, call);
  event.subject = user;
  event.session = session;
  return sessions_
      .End(user, session, EndReason::kRevoked, call.peer, call.now,
           lifetimes_.RevocationExpiry(call.now), std::nullopt, audit_.Record(std::move(event)))
      .status();
}

}  // namespace signet::domain

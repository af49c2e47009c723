#include "server/domain/sessions/refresh.h"

#include <utility>

#include "client/base/secret.h"
#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

// Was this token ever ours? Without this, whoever knows the ids of a session could end it with a
// token that he made up.
bool IsGenuine(const Presented& presented, const LineageView& view) {
  if (presented.generation == view.generation) {
    return base::ConstantTimeEquals(presented.secret_hash, view.leaf_hash);
  }
  return view.presented_generation_hash &&
         base::ConstantTimeEquals(presented.secret_hash, *view.presented_generation_hash);
}

}  // namespace

RefreshOutcome ClassifyPresented(const Presented& presented, const std::optional<LineageView>& view,
                                 absl::Duration replay_window, absl::Time now) {
  if (!view || !IsGenuine(presented, *view)) return RefreshOutcome::kUnknown;
  const bool rotated = presented.generation < view->generation;
  if (view->end_reason) {
    return rotated && view->end_reason == EndReason::kReuse ? RefreshOutcome::kReused
                                                            : RefreshOutcome::kRevoked;
  }
  if (view->expires_at <= now) return RefreshOutcome::kExpired;
  // The live leaf of a living lineage that did not rotate: its account is not active.
  if (!rotated) return RefreshOutcome::kRevoked;
  // Only the parent of the live leaf has an unused successor.
  const bool successor_unused = presented.generation + 1 == view->generation;
  if (successor_unused && now - view->rotated_at <= replay_window) return RefreshOutcome::kReplayed;
  return RefreshOutcome::kReused;
}

absl::StatusOr<RefreshDecision> Refresh::Run(absl::string_view refresh_token,
                                             const CallInfo& call) {
  const std::optional<RefreshToken> token = RefreshToken::Parse(refresh_token);
  if (!token) return RefreshDecision{RefreshOutcome::kMalformed, std::nullopt};

  RefreshToken successor;
  successor.user_id = token->user_id;
  successor.session_id = token->session_id;
  successor.generation = token->generation + 1;
  successor.secret = deriver_.Derive(token->session_id.bytes(), token->generation, token->secret);

  // The one statement that decides: it rotates if this is the live leaf, or does nothing.
  const Presented presented = token->ToPresented();
  SIGNET_ASSIGN_OR_RETURN(
      const std::optional<SessionGrant> grant,
      sessions_.Rotate(Rotation{presented, successor.SecretHash(), call.peer, call.now}));
  if (grant) return Answer(RefreshOutcome::kRotated, *grant, std::move(successor), call);

  // It did not. Nothing read from here on can make it the leaf again, so no lock is needed.
  SIGNET_ASSIGN_OR_RETURN(const std::optional<LineageView> view, sessions_.Read(presented));
  const RefreshOutcome outcome =
      ClassifyPresented(presented, view, lifetimes_.replay_window, call.now);
  if (outcome == RefreshOutcome::kReplayed) {
    SIGNET_RETURN_IF_ERROR(sessions_.RecordReplay(presented, call.peer, call.now));
    return Answer(outcome, view->grant, std::move(successor), call);
  }
  if (outcome == RefreshOutcome::kReused && !view->end_reason) {
    // Committed although the answer is a refusal: the thief and the owner are both out.
    AuditEvent event = AuditEventOf(AuditAction::kRefresh, call);
    event.outcome = AuditOutcome::kRefused;
    event.reason = "REFRESH_TOKEN_REUSED";
    event.subject = presented.user_id;
    event.session = presented.session_id;
    SIGNET_RETURN_IF_ERROR(sessions_
                               .End(presented.user_id, presented.session_id, EndReason::kReuse,
                                    call.peer, call.now, lifetimes_.RevocationExpiry(call.now),
                                    presented.generation, audit_.Record(std::move(event)))
                               .status());
  }
  return RefreshDecision{outcome, std::nullopt};
}

absl::StatusOr<RefreshDecision> Refresh::Answer(RefreshOutcome outcome, const SessionGrant& grant,
                                                RefreshToken successor, const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(TokenPair pair,
                          IssueTokenPair(issuer_, grant, successor.Encode(), lifetimes_, call.now));
  return RefreshDecision{outcome, std::move(pair)};
}

}  // namespace signet::domain

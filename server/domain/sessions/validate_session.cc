#include "server/domain/sessions/validate_session.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "client/base/secret.h"
#include "server/domain/access/held_role.h"
#include "server/domain/sessions/session_token.h"

namespace signet::domain {
namespace {

using token::RejectReason;

// What no access token of this session could change. Anything else (its user was cut off, its key
// was tainted, it has expired) is about the access token that we signed, and another may be good.
bool IsFinal(RejectReason reason) {
  return reason == RejectReason::kRevokedSession || reason == RejectReason::kAudienceMismatch;
}

}  // namespace

absl::Time SessionJudgement::IdleAt(absl::Duration idle) const {
  return std::min(session->last_used_at.Get() + idle, session->expires_at);
}

ValidateDecision ValidateSession::Reject(RejectReason reason, absl::Time now) const {
  ValidateDecision decision = uses_.validate.Refuse(reason, now);
  decision.kind = CredentialKind::kSessionToken;
  return decision;
}

ValidateDecision ValidateSession::Refuse(SessionRefusal refusal, absl::Time now) const {
  ValidateDecision decision = Reject(RejectReason::kRevokedSession, now);
  decision.refusal = refusal;
  return decision;
}

std::optional<SessionJudgement> ValidateSession::AtHand(absl::string_view token, Audience audience,
                                                        absl::Time now) {
  const std::shared_ptr<HeldSession> held = uses_.held.Find(HeldSessions::KeyOf(token));
  if (held == nullptr) return std::nullopt;
  return Judge(held, audience, Freshness::kAtHand, now);
}

std::optional<SessionJudgement> ValidateSession::Judge(const std::shared_ptr<HeldSession>& held,
                                                       Audience audience, Freshness freshness,
                                                       absl::Time now) {
  const bool at_hand = freshness == Freshness::kAtHand;
  if (uses_.policy.Read().ModeFor(held->user_id) == SessionMode::kOff) {
    return SessionJudgement{Refuse(SessionRefusal::kOff, now), held};
  }
  if (now >= held->expires_at) return SessionJudgement{Reject(RejectReason::kExpired, now), held};
  if (now >= held->last_used_at.Get() + lifetimes_.session_idle) {
    if (at_hand) return std::nullopt;
    return SessionJudgement{Refuse(SessionRefusal::kIdle, now), held};
  }
  if (at_hand && now >= held->renew_at) return std::nullopt;

  const absl::string_view access_token = held->access_token.reveal();
  ValidateDecision decision = audience ? uses_.validate.Run(access_token, *audience, now)
                                       : uses_.validate.RunForIssuer(access_token, now);
  decision.kind = CredentialKind::kSessionToken;
  const bool accepted = decision.verdict.accepted();
  if (at_hand && !accepted && !IsFinal(decision.verdict.reason())) return std::nullopt;
  if (decision.active()) {
    uses_.activity.Note(held, now);
    decision.cacheable_for =
        std::min({decision.cacheable_for, lifetimes_.session_idle, held->expires_at - now});
  }
  return SessionJudgement{std::move(decision), held};
}

ValidateSession::Answers ValidateSession::Ask(absl::Span<const absl::string_view> tokens,
                                              absl::Time now) {
  Answers answers;
  std::vector<std::string> keys;
  std::vector<PresentedSession> presented;
  for (const absl::string_view token : tokens) {
    std::string key = HeldSessions::KeyOf(token);
    const auto [answer, is_new] = answers.by_key_.try_emplace(key);
    if (!is_new) continue;
    const std::optional<SessionToken> parsed = SessionToken::Parse(token);
    if (!parsed) {
      answer->second.rejected = RejectReason::kMalformed;
      continue;
    }
    keys.push_back(std::move(key));
    presented.push_back(parsed->ToPresented());
  }
  if (presented.empty()) return answers;
  const auto views = uses_.store.Find(presented);
  for (size_t i = 0; i < keys.size(); ++i) {
    Answer& answer = answers.by_key_[keys[i]];
    if (views.ok()) {
      answer = Admit(keys[i], presented[i], (*views)[i], now);
    } else {
      answer.refused = SessionRefusal::kUnavailable;
    }
  }
  return answers;
}

// Whether the session lives, as far as the database knows, and this process.
ValidateSession::Answer ValidateSession::Admit(const std::string& key,
                                               const PresentedSession& presented,
                                               const std::optional<SessionTokenView>& view,
                                               absl::Time now) {
  const auto rejected = [&](RejectReason reason) {
    uses_.held.Drop(key);
    return Answer{nullptr, reason, std::nullopt};
  };
  const auto refused = [&](SessionRefusal refusal) {
    uses_.held.Drop(key);
    return Answer{nullptr, std::nullopt, refusal};
  };
  if (!view || !base::ConstantTimeEquals(view->secret_hash, presented.secret_hash)) {
    return refused(SessionRefusal::kUnknown);
  }
  if (view->end_reason || !view->account_active) return rejected(RejectReason::kRevokedSession);
  if (now >= view->expires_at) return rejected(RejectReason::kExpired);
  // Uses that are known here may not have been written yet.
  const std::shared_ptr<HeldSession> before = uses_.held.Find(key);
  absl::Time last_used_at = view->last_used_at;
  if (before != nullptr) last_used_at = std::max(last_used_at, before->last_used_at.Get());
  if (now >= last_used_at + lifetimes_.session_idle) return refused(SessionRefusal::kIdle);

  auto access_token = IssueAccessToken(uses_.issuer, view->grant, lifetimes_, now);
  if (!access_token.ok()) return Answer{nullptr, std::nullopt, SessionRefusal::kUnavailable};
  const Access access = AccessAt(view->grant.roles, now);
  // Made in place: it does not move.
  auto held = std::shared_ptr<HeldSession>(new HeldSession{
      presented.user_id, presented.session_id, view->grant.client_id, view->created_at,
      view->expires_at, *std::move(access_token), std::min(now + lifetimes_.access, access.until),
      base::AtomicTime(last_used_at), base::AtomicTime(view->recorded_at)});
  uses_.held.Keep(key, held);
  return Answer{std::move(held), std::nullopt, std::nullopt};
}

SessionJudgement ValidateSession::Decide(absl::string_view token, Audience audience, absl::Time now,
                                         const Answers& answers) {
  const auto found = answers.by_key_.find(HeldSessions::KeyOf(token));
  const Answer answer = found == answers.by_key_.end()
                            ? Answer{nullptr, std::nullopt, SessionRefusal::kUnavailable}
                            : found->second;
  SessionJudgement judgement =
      answer.held != nullptr ? *Judge(answer.held, audience, Freshness::kJustRead, now)
      : answer.refused       ? SessionJudgement{Refuse(*answer.refused, now), nullptr}
                             : SessionJudgement{Reject(*answer.rejected, now), nullptr};
  judgement.decision.asked = true;
  return judgement;
}

SessionJudgement ValidateSession::Run(absl::string_view token, Audience audience, absl::Time now) {
  if (auto judgement = AtHand(token, audience, now)) return *std::move(judgement);
  return RunAnew(token, audience, now);
}

SessionJudgement ValidateSession::RunAnew(absl::string_view token, Audience audience,
                                          absl::Time now) {
  return Decide(token, audience, now, Ask(absl::MakeConstSpan(&token, 1), now));
}

}  // namespace signet::domain

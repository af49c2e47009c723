#include "server/domain/sessions/refresh.h"

#include <set>
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

RefreshToken SuccessorOf(const RefreshToken& token, const SuccessorDeriver& deriver) {
  RefreshToken successor;
  successor.user_id = token.user_id;
  successor.session_id = token.session_id;
  successor.generation = token.generation + 1;
  successor.secret = deriver.Derive(token.session_id.bytes(), token.generation, token.secret);
  return successor;
}

// As the audit log names a refusal.
absl::string_view ReasonOf(RefreshOutcome outcome) {
  switch (outcome) {
    case RefreshOutcome::kExpired:
      return "SESSION_EXPIRED";
    case RefreshOutcome::kRevoked:
      return "SESSION_ENDED";
    case RefreshOutcome::kReused:
      return "REFRESH_TOKEN_REUSED";
    case RefreshOutcome::kUnknown:
      return "REFRESH_TOKEN_UNKNOWN";
    case RefreshOutcome::kRotated:
    case RefreshOutcome::kReplayed:
    case RefreshOutcome::kMalformed:
      break;
  }
  return "";
}

// Whose an unknown token is has nobody proven: its names stay out.
AuditEvent Refusal(const Presented& presented, RefreshOutcome outcome, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kRefresh, call);
  event.outcome = AuditOutcome::kRefused;
  event.reason = std::string(ReasonOf(outcome));
  if (outcome != RefreshOutcome::kUnknown) {
    event.subject = presented.user_id;
    event.session = presented.session_id;
  }
  return event;
}

}  // namespace

RefreshOutcome ClassifyPresented(const Presented& presented, const std::optional<LineageView>& view,
                                 const TokenLifetimes& lifetimes, absl::Time now) {
  if (!view || !IsGenuine(presented, *view)) return RefreshOutcome::kUnknown;
  const bool rotated = presented.generation < view->generation;
  if (view->end_reason) {
    return rotated && view->end_reason == EndReason::kReuse ? RefreshOutcome::kReused
                                                            : RefreshOutcome::kRevoked;
  }
  if (view->expires_at <= now || view->rotated_at <= lifetimes.IdleSince(now)) {
    return RefreshOutcome::kExpired;
  }
  // The live leaf of a living lineage that did not rotate: its account is not active.
  if (!rotated) return RefreshOutcome::kRevoked;
  // Only the parent of the live leaf has an unused successor.
  const bool successor_unused = presented.generation + 1 == view->generation;
  if (successor_unused && now - view->rotated_at <= lifetimes.replay_window)
    return RefreshOutcome::kReplayed;
  return RefreshOutcome::kReused;
}

// A well-formed token on its way to a decision.
struct Refresh::Candidate {
  size_t attempt = 0;
  Presented presented;
  RefreshToken successor;
};

void Refresh::Run(absl::Span<const RefreshAttempt> attempts, Decided decided) {
  std::vector<Candidate> candidates;
  std::vector<Rotation> rotations;
  candidates.reserve(attempts.size());
  rotations.reserve(attempts.size());
  for (size_t i = 0; i < attempts.size(); ++i) {
    const std::optional<RefreshToken> token = RefreshToken::Parse(attempts[i].refresh_token);
    if (!token) {
      decided(i, RefreshDecision{RefreshOutcome::kMalformed, std::nullopt});
      continue;
    }
    Candidate& candidate = candidates.emplace_back(Candidate{i, token->ToPresented(), {}});
    candidate.successor = SuccessorOf(*token, deriver_);
    const CallInfo& call = attempts[i].call;
    rotations.push_back(Rotation{candidate.presented, candidate.successor.SecretHash(), call.peer,
                                 call.now, lifetimes_.IdleSince(call.now),
                                 Success(candidate.presented, "", call)});
  }
  if (candidates.empty()) return;

  // The one statement that decides: it rotates those that are live leaves, and nothing else.
  auto grants = sessions_.Rotate(rotations);
  if (!grants.ok()) {
    for (const Candidate& candidate : candidates) decided(candidate.attempt, grants.status());
    return;
  }
  std::vector<Candidate> unrotated;
  for (size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    const std::optional<SessionGrant>& grant = (*grants)[i];
    if (!grant) {
      unrotated.push_back(std::move(candidate));
      continue;
    }
    decided(candidate.attempt, Answer(RefreshOutcome::kRotated, *grant, candidate.successor,
                                      attempts[candidate.attempt].call));
  }
  if (!unrotated.empty()) DecideUnrotated(attempts, std::move(unrotated), decided);
}

// Nothing read from here on can make one of them the leaf again, so no lock is needed.
void Refresh::DecideUnrotated(absl::Span<const RefreshAttempt> attempts,
                              std::vector<Candidate> unrotated, Decided decided) {
  std::vector<Presented> presented;
  for (const Candidate& candidate : unrotated) presented.push_back(candidate.presented);
  const auto views = sessions_.ReadAll(presented);
  if (!views.ok()) {
    for (const Candidate& candidate : unrotated) decided(candidate.attempt, views.status());
    return;
  }
  std::vector<size_t> replayed;
  std::vector<size_t> reused;
  std::vector<std::pair<size_t, RefreshOutcome>> refused;
  std::vector<Replay> replays;
  std::vector<AuditRecord> refusals;
  for (size_t i = 0; i < unrotated.size(); ++i) {
    const CallInfo& call = attempts[unrotated[i].attempt].call;
    const std::optional<LineageView>& view = (*views)[i];
    const RefreshOutcome outcome = ClassifyPresented(presented[i], view, lifetimes_, call.now);
    if (outcome == RefreshOutcome::kReplayed) {
      replayed.push_back(i);
      replays.push_back(
          Replay{presented[i], call.peer, call.now, Success(presented[i], "REPLAYED", call)});
    } else if (outcome == RefreshOutcome::kReused && !view->end_reason) {
      reused.push_back(i);
    } else {
      refused.emplace_back(unrotated[i].attempt, outcome);
      refusals.push_back(audit_.Record(Refusal(presented[i], outcome, call)));
    }
  }

  if (!replayed.empty()) {
    const absl::Status recorded = sessions_.RecordReplays(replays);
    for (const size_t i : replayed) {
      const size_t attempt = unrotated[i].attempt;
      if (!recorded.ok()) {
        decided(attempt, recorded);
        continue;
      }
      decided(attempt, Answer(RefreshOutcome::kReplayed, (*views)[i]->grant, unrotated[i].successor,
                              attempts[attempt].call));
    }
  }

  // Committed although the answer is a refusal: the thief and the owner are both out. One session
  // is ended once, however often its token stands in the batch.
  std::set<base::SessionId> ended;
  for (const size_t i : reused) {
    const size_t attempt = unrotated[i].attempt;
    absl::Status status;
    if (!ended.contains(presented[i].session_id)) {
      status = End(presented[i], attempts[attempt].call);
      if (status.ok()) ended.insert(presented[i].session_id);
    }
    if (status.ok()) {
      decided(attempt, RefreshDecision{RefreshOutcome::kReused, std::nullopt});
    } else {
      decided(attempt, std::move(status));
    }
  }

  // Last: neither somebody who repeats himself nor the end of a stolen session waits for it.
  const absl::Status noted = audit_.AppendAll(refusals);
  for (const auto& [attempt, outcome] : refused) {
    if (noted.ok()) {
      decided(attempt, RefreshDecision{outcome, std::nullopt});
    } else {
      decided(attempt, noted);
    }
  }
}

// From where stands in the lineage's history, which the same statement writes: sealing it once more
// would double what a refresh writes.
std::optional<AuditRecord> Refresh::Success(const Presented& presented, absl::string_view reason,
                                            const CallInfo& call) const {
  if (events_ == RefreshEvents::kRefusals) return std::nullopt;
  AuditEvent event = AuditEventOf(AuditAction::kRefresh, call);
  event.actor = {AuditActor::Kind::kUser, presented.user_id.uuid()};
  event.subject = presented.user_id;
  event.session = presented.session_id;
  event.reason = std::string(reason);
  event.peer = Peer();
  return audit_.Record(std::move(event));
}

absl::Status Refresh::End(const Presented& presented, const CallInfo& call) {
  AuditEvent event = Refusal(presented, RefreshOutcome::kReused, call);
  return sessions_
      .End(presented.user_id, presented.session_id, EndReason::kReuse, call.peer, call.now,
           lifetimes_.RevocationExpiry(call.now), presented.generation,
           audit_.Record(std::move(event)))
      .status();
}

absl::StatusOr<RefreshDecision> Refresh::Answer(RefreshOutcome outcome, const SessionGrant& grant,
                                                const RefreshToken& successor,
                                                const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(TokenPair pair,
                          IssueTokenPair(issuer_, grant, successor.Encode(), lifetimes_, call.now));
  return RefreshDecision{outcome, std::move(pair)};
}

}  // namespace signet::domain

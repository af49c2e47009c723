#include "server/domain/tokens/validate_token.h"

#include <algorithm>
#include <utility>

namespace signet::domain {

SessionOutcome OutcomeOf(const ValidateDecision& session_token) {
  if (session_token.refusal) {
    switch (*session_token.refusal) {
      case SessionRefusal::kUnknown:
        return SessionOutcome::kUnknown;
      case SessionRefusal::kIdle:
        return SessionOutcome::kIdle;
      case SessionRefusal::kOff:
        return SessionOutcome::kOff;
      case SessionRefusal::kUnavailable:
        return SessionOutcome::kUnavailable;
    }
  }
  if (session_token.active()) return SessionOutcome::kActive;
  if (session_token.revocation_stale) return SessionOutcome::kOther;
  switch (session_token.verdict.reason()) {
    case token::RejectReason::kMalformed:
      return SessionOutcome::kMalformed;
    case token::RejectReason::kExpired:
      return SessionOutcome::kExpired;
    case token::RejectReason::kRevokedSession:
      return SessionOutcome::kEnded;
    default:
      return SessionOutcome::kOther;
  }
}

// Read before judging: the answer never claims fresher knowledge than it was made with.
struct ValidateToken::Knowledge {
  absl::Time revocation_as_of;
  int64_t key_set_version;
};

ValidateToken::Knowledge ValidateToken::Know() const {
  return {revocations_.Read().as_of(), keys_.Read().version()};
}

ValidateDecision ValidateToken::Run(absl::string_view token, absl::string_view audience,
                                    absl::Time now) const {
  const Knowledge known = Know();
  return Decide(verifier_.Verify(token, audience, now), known, now);
}

ValidateDecision ValidateToken::RunForIssuer(absl::string_view token, absl::Time now) const {
  const Knowledge known = Know();
  return Decide(verifier_.VerifyForIssuer(token, now), known, now);
}

ValidateDecision ValidateToken::Refuse(token::RejectReason reason, absl::Time now) const {
  return Decide(token::Verdict{reason, token::DecisionSource::kCache}, Know(), now);
}

void ValidateToken::RunBatch(absl::Span<const absl::string_view> tokens, absl::string_view audience,
                             absl::Time now, token::AccessTokenVerifier::Reads reads,
                             absl::FunctionRef<void(const ValidateDecision&)> use) const {
  const Knowledge known = Know();
  verifier_.VerifyBatch(tokens, audience, now, reads, [&](token::Verdict verdict) {
    use(Decide(std::move(verdict), known, now));
  });
}

ValidateDecision ValidateToken::Decide(token::Verdict verdict, const Knowledge& known,
                                       absl::Time now) const {
  const bool stale =
      verdict.accepted() && now - known.revocation_as_of > options_.max_revocation_staleness;
  absl::Duration cacheable = absl::ZeroDuration();
  if (verdict.accepted() && !stale) {
    const absl::Duration left = verdict.token().expires_at() - now;
    cacheable = std::max(absl::ZeroDuration(), std::min(options_.cacheable_for, left));
  }
  return ValidateDecision{std::move(verdict), stale, known.revocation_as_of, known.key_set_version,
                          cacheable};
}

}  // namespace signet::domain

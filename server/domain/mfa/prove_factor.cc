#include "server/domain/mfa/prove_factor.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/mfa/totp.h"

namespace signet::domain {
namespace {

FactorDecision Outcome(FactorOutcome outcome) {
  FactorDecision decision;
  decision.outcome = outcome;
  return decision;
}

FactorDecision JudgeTotp(const base::Secret& secret, absl::string_view code, absl::Time now,
                         int64_t last_step) {
  const auto ever = MatchTotp(secret, code, now, std::numeric_limits<int64_t>::min());
  const auto fresh = MatchTotp(secret, code, now, last_step);
  if (!fresh) return Outcome(ever ? FactorOutcome::kReplayed : FactorOutcome::kWrong);
  FactorDecision decision = Outcome(FactorOutcome::kProved);
  decision.proof.totp_step = fresh;
  return decision;
}

}  // namespace

absl::StatusOr<FactorDecision> ProveFactor::Run(base::UserId user, const FactorAnswer& answer,
                                                absl::Time now) {
  std::string recovery_hash;
  if (answer.kind == FactorAnswer::Kind::kRecoveryCode) {
    // What cannot be a code still costs an attempt, or its form could be probed for nothing.
    const auto normalised = NormaliseRecoveryCode(answer.text.reveal());
    const base::Secret none;
    recovery_hash = recovery_.Hash(user, normalised ? *normalised : none);
  }
  SIGNET_ASSIGN_OR_RETURN(const FactorAttempt attempt,
                          factors_.Admit(user, recovery_hash, policy_, now));
  if (attempt.state == FactorAttempt::State::kNoFactor) return Outcome(FactorOutcome::kNoFactor);
  if (attempt.state == FactorAttempt::State::kRefused) {
    FactorDecision decision = Outcome(FactorOutcome::kRefused);
    decision.retry_after = std::max(attempt.refused_until - now, absl::Seconds(1));
    return decision;
  }
  if (answer.kind == FactorAnswer::Kind::kRecoveryCode) {
    if (!attempt.recovery_known) return Outcome(FactorOutcome::kWrong);
    FactorDecision decision = Outcome(FactorOutcome::kProved);
    decision.proof.recovery_hash = recovery_hash;
    return decision;
  }
  SIGNET_ASSIGN_OR_RETURN(const base::Secret secret, sealer_.Open(user, attempt.totp_sealed));
  return JudgeTotp(secret, answer.text.reveal(), now, attempt.last_step);
}

absl::Status FactorRefusal(const FactorDecision& decision) {
  if (decision.outcome == FactorOutcome::kRefused) {
    return base::WithRetryAfter(
        base::MakeError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
                        "too many wrong codes; wait before the next one"),
        decision.retry_after);
  }
  return base::MakeError(absl::StatusCode::kUnauthenticated, "MFA_CODE_INVALID",
                         "the code is wrong or was used before");
}

}  // namespace signet::domain

#pragma once

#include "server/domain/tokens/validate_token.h"
#include "server/observe/token_metrics.h"

namespace signet::rpc {

// What a judgement counts as, whichever method asked for it.
inline void Count(const domain::ValidateDecision& decision, observe::TokenMetrics& metrics) {
  if (decision.kind == domain::CredentialKind::kSessionToken) {
    return metrics.sessions.Add(static_cast<observe::SessionResult>(OutcomeOf(decision)));
  }
  metrics.Judged(decision.verdict, decision.revocation_stale);
}

}  // namespace signet::rpc

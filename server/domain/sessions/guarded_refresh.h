#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "server/domain/ports/credential_observer.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/domain/ports/threat_observer.h"
#include "server/domain/sessions/refresh.h"

namespace signet::domain {

// A Refresh as strangers reach it, on whichever port: held to the rate of the token's user,
// counted, and with its replays told to who watches for threats. Thread-safe.
class GuardedRefresh {
 public:
  // All outlive it.
  GuardedRefresh(Refresh& refresh, RateLimiter& rates, ThreatObserver& threats,
                 CredentialObserver& observer)
      : refresh_(refresh), rates_(rates), threats_(threats), observer_(observer) {}

  // OK, or RATE_LIMITED: for whom the token says it is, as far as this process knows. Asked before
  // Run(), which then charges only who has proven to be that user.
  absl::Status Admit(const RefreshAttempt& attempt);

  // As Refresh::Run, for attempts that Admit() let in.
  void Run(absl::Span<const RefreshAttempt> attempts, Refresh::Decided decided);

 private:
  void Judge(const RefreshAttempt& attempt, const RefreshDecision& decision);

  Refresh& refresh_;
  RateLimiter& rates_;
  ThreatObserver& threats_;
  CredentialObserver& observer_;
};

// What a client hears of a token that got it nothing. Each reason says what it has to do; all of
// them: log in again. `outcome` is none of kRotated and kReplayed.
absl::Status RefusalOf(RefreshOutcome outcome);

}  // namespace signet::domain

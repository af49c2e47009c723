#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/challenge_provider.h"

namespace signet::domain {

// CHALLENGE_REQUIRED: what a call without a (right) solution is answered with.
absl::Status ChallengeRequired();

// Asks for a solved challenge where there is no count of failures to go by: when an account is
// made. Thread-safe.
class ChallengeDesk {
 public:
  // `for_registration`: false asks nobody.
  ChallengeDesk(ChallengeProvider& provider, bool for_registration)
      : provider_(provider), for_registration_(for_registration) {}

  Challenge Issue(const CallInfo& call) { return provider_.Issue(call.now); }

  // OK; CHALLENGE_REQUIRED; or what the provider says.
  absl::Status BeforeRegistration(absl::string_view solution, const CallInfo& call);

 private:
  ChallengeProvider& provider_;
  const bool for_registration_;
};

}  // namespace signet::domain

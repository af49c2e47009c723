#include "server/domain/abuse/challenge_desk.h"

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::domain {

absl::Status ChallengeRequired() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "CHALLENGE_REQUIRED",
                         "solve a challenge (GetChallenge) and send its solution along");
}

absl::Status ChallengeDesk::BeforeRegistration(absl::string_view solution, const CallInfo& call) {
  if (!for_registration_) return absl::OkStatus();
  if (solution.empty()) return ChallengeRequired();
  SIGNET_ASSIGN_OR_RETURN(const bool solved, provider_.Check(solution, call));
  return solved ? absl::OkStatus() : ChallengeRequired();
}

}  // namespace signet::domain

#include "server/domain/sessions/guarded_refresh.h"

#include <string>
#include <utility>

#include "client/base/error.h"
#include "server/domain/sessions/refresh_token.h"

namespace signet::domain {
namespace {

constexpr auto kRefreshAction = LimitedAction::kRefresh;
constexpr auto kRefreshScope = LimitScope::kAccount;

// Whose token it says it is; empty for what is no token.
std::string ClaimedUser(absl::string_view refresh_token) {
  const auto token = RefreshToken::Parse(refresh_token);
  return token ? token->user_id.ToString() : std::string();
}

}  // namespace

absl::Status GuardedRefresh::Admit(const RefreshAttempt& attempt) {
  return rates_.Peek(kRefreshAction, kRefreshScope, ClaimedUser(attempt.refresh_token),
                     attempt.call.now);
}

void GuardedRefresh::Run(absl::Span<const RefreshAttempt> attempts, Refresh::Decided decided) {
  refresh_.Run(attempts, [&](size_t attempt, absl::StatusOr<RefreshDecision> decision) {
    if (decision.ok()) Judge(attempts[attempt], *decision);
    decided(attempt, std::move(decision));
  });
}

void GuardedRefresh::Judge(const RefreshAttempt& attempt, const RefreshDecision& decision) {
  observer_.RefreshDecided(decision.outcome);
  if (decision.outcome == RefreshOutcome::kReused) {
    threats_.Raised(ThreatKind::kReplay, attempt.call.peer);
  }
  if (decision.tokens) {
    // Now the token has proven whose it is. This call got through; the next one may not.
    rates_.Charge(kRefreshAction, kRefreshScope, ClaimedUser(attempt.refresh_token),
                  attempt.call.now);
  }
}

absl::Status RefusalOf(RefreshOutcome outcome) {
  constexpr auto kCode = absl::StatusCode::kUnauthenticated;
  switch (outcome) {
    case RefreshOutcome::kReused:
      return base::MakeError(kCode, "REFRESH_TOKEN_REUSED",
                             "the refresh token was used before; its session has ended");
    case RefreshOutcome::kRevoked:
      return base::MakeError(kCode, "SESSION_ENDED", "the session has ended");
    default:
      return base::MakeError(kCode, "REFRESH_TOKEN_INVALID", "the refresh token is not valid");
  }
}

}  // namespace signet::domain

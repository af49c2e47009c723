#pragma once

#include <optional>
#include <vector>

#include "client/token/reject_reason.h"
#include "client/token/verifier.h"
#include "prometheus/collectable.h"
#include "server/observe/counter_set.h"
#include "server/observe/sharded_cells.h"

namespace signet::observe {

// How a presented refresh token fared; one value per outcome of the domain, and no other.
enum class RefreshResult { kRotated, kReplayed, kReused, kExpired, kRevoked, kUnknown, kMalformed };

// How a login was decided.
enum class LoginResult {
  kSucceeded,
  kUnknownAccount,
  kWrongPassword,
  kAccountDisabled,
  kRaced,
  kLocked,
  kEmailNotVerified,
  kMfaRequired,
  kSessionTokensOff
};

// How the second step of a login was decided.
enum class MfaResult {
  kSucceeded,
  kRecovered,
  kChallengeInvalid,
  kWrongCode,
  kReplayedCode,
  kRefused,
  kRaced
};

// How an API key that was presented fared; one value per outcome of the domain, and no other.
enum class ApiKeyResult {
  kAccepted,
  kMalformed,
  kUnknown,
  kOtherClient,
  kWrongSecret,
  kRevoked,
  kExpired,
  kAccountInactive
};

// How a session token fared that was judged; one value per outcome of the domain, and no other.
enum class SessionResult {
  kActive,
  kMalformed,
  kUnknown,
  kIdle,
  kExpired,
  kEnded,
  kOff,
  kUnavailable,
  kOther
};

// What became of a call with HTTP Basic credentials.
enum class BasicResult { kAccepted, kRefused, kSwitchedOff };

// Validations by result, reason and source, and by kind of credential; refreshes by outcome; logins
// by result. Thread-safe, lock-free.
class TokenMetrics final : public prometheus::Collectable {
 public:
  TokenMetrics();

  // One validation. `stale`: an accepted token that was answered inactive because revocations have
  // not been heard of for too long.
  void Judged(const token::Verdict& verdict, bool stale) {
    if (stale) return Stale(verdict.source);
    if (verdict.accepted()) return Accepted(verdict.source);
    Rejected(verdict.reason(), verdict.source);
  }
  // What that is made of.
  void Accepted(token::DecisionSource source);
  void Rejected(token::RejectReason reason, token::DecisionSource source);
  void Stale(token::DecisionSource source);

  CounterSet<RefreshResult, 7> refreshes;
  CounterSet<LoginResult, 9> logins;
  CounterSet<MfaResult, 7> mfa;

  CounterSet<ApiKeyResult, 8> api_keys;
  CounterSet<BasicResult, 3> basic;
  // Every judgement of a session token, and none of an access token.
  CounterSet<SessionResult, 9> sessions;

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  static constexpr size_t kReasons = token::kRejectReasonCount + 2;  // none, …, revocation_stale
  static size_t Cell(size_t reason, token::DecisionSource source) {
    return 2 * reason + (source == token::DecisionSource::kCache ? 0 : 1);
  }
  ShardedCells validations_;
};

}  // namespace signet::observe

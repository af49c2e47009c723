#pragma once

#include <vector>

#include "prometheus/collectable.h"
#include "server/observe/counter_set.h"

namespace signet::observe {

// Which limit refused a call: login by address, by account, by client, by all, register by …
enum class RateLimit {
  kLoginAddress,
  kLoginAccount,
  kLoginClient,
  kLoginGlobal,
  kRegisterAddress,
  kRegisterAccount,
  kRegisterClient,
  kRegisterGlobal,
  kResetAddress,
  kResetAccount,
  kResetClient,
  kResetGlobal,
  kRefreshAddress,
  kRefreshAccount,
  kRefreshClient,
  kRefreshGlobal,
  kMfaAddress,
  kMfaAccount,
  kMfaClient,
  kMfaGlobal,
  kApiKeyAddress,
  kApiKeyAccount,
  kApiKeyClient,
  kApiKeyGlobal,
};

// What became of a challenge.
enum class ChallengeResult { kIssued, kSolved, kRefused, kUnavailable };

// A pattern that single logins do not show.
enum class Threat { kStuffing, kSpraying, kLockoutStorm, kReplay };

// Limits, challenges and threats. Thread-safe, lock-free.
class AbuseMetrics final : public prometheus::Collectable {
 public:
  AbuseMetrics();

  CounterSet<RateLimit, 24> rate_limited;
  CounterSet<ChallengeResult, 4> challenges;
  CounterSet<Threat, 4> threats;

  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace signet::observe

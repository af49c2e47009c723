#pragma once

#include <vector>

#include "prometheus/collectable.h"
#include "server/observe/counter_set.h"

namespace signet::observe {

// How a request at a gateway was judged; one value per result of the domain, and no other.
enum class GatewayVerdict {
  kAllowed,
  kAnonymous,
  kNoToken,
  kTokenRefused,
  kRevocationStale,
  kUnavailable,
  kScopeMissing,
  kNoRule,
  kAmbiguous,
  kQuestionInvalid
};

// Answers to gateways, by /authz and by Check together: the counters of routes and of RPCs tell how
// many came by which. Thread-safe, lock-free.
class GatewayMetrics final : public prometheus::Collectable {
 public:
  CounterSet<GatewayVerdict, 10> verdicts{
      "signet_authz_decisions_total",
      "result",
      {"allowed", "anonymous", "no_token", "token_refused", "revocation_stale", "unavailable",
       "scope_missing", "no_rule", "ambiguous", "question_invalid"}};

  std::vector<prometheus::MetricFamily> Collect() const override { return {verdicts.Collect()}; }
};

}  // namespace signet::observe

#pragma once

#include "server/domain/ports/challenge_provider.h"
#include "server/observe/abuse_metrics.h"

namespace signet::app {

// A provider, counted. Thread-safe.
class CountingChallenges final : public domain::ChallengeProvider {
 public:
  // Both outlive it.
  CountingChallenges(domain::ChallengeProvider& provider, observe::AbuseMetrics& metrics)
      : provider_(provider), metrics_(metrics) {}

  domain::Challenge Issue(absl::Time now) override {
    metrics_.challenges.Add(observe::ChallengeResult::kIssued);
    return provider_.Issue(now);
  }

  absl::StatusOr<bool> Check(absl::string_view solution, const domain::CallInfo& call) override {
    auto solved = provider_.Check(solution, call);
    metrics_.challenges.Add(!solved.ok() ? observe::ChallengeResult::kUnavailable
                            : *solved    ? observe::ChallengeResult::kSolved
                                         : observe::ChallengeResult::kRefused);
    return solved;
  }

 private:
  domain::ChallengeProvider& provider_;
  observe::AbuseMetrics& metrics_;
};

}  // namespace signet::app

#pragma once

#include <atomic>
#include <functional>

#include "server/domain/ports/credential_observer.h"
#include "server/domain/ports/gateway_observer.h"
#include "server/follow/follow_observer.h"
#include "server/observe/gateway_metrics.h"
#include "server/observe/logger.h"
#include "server/observe/state_metrics.h"
#include "server/observe/token_metrics.h"
#include "server/observe/work_metrics.h"
#include "server/passwords/hashing_executor.h"
#include "server/storage/storage_observer.h"

namespace signet::app {

// What rooms report, turned into metrics and log lines: no room below knows what counts it.
// Thread-safe.

class CountingStorage final : public storage::StorageObserver {
 public:
  // `on_health` hears of each change, on the thread that noticed it.
  CountingStorage(observe::PoolMetrics& metrics, observe::Logger& logger,
                  std::function<void(bool)> on_health)
      : metrics_(metrics), logger_(logger), on_health_(std::move(on_health)) {}

  void OnLease(absl::Duration wait, Connections now) override;
  void OnRelease(Connections now) override;
  void OnStatement(absl::string_view name, absl::Duration took,
                   absl::string_view sqlstate) override;
  void OnHealth(bool healthy) override;

 private:
  observe::PoolMetrics& metrics_;
  observe::Logger& logger_;
  const std::function<void(bool)> on_health_;
};

class CountingHashing final : public passwords::HashingObserver {
 public:
  explicit CountingHashing(observe::HashingMetrics& metrics) : metrics_(metrics) {}

  void OnQueueDepth(size_t waiting) override;
  void OnDone(absl::Duration wait, absl::Duration service) override;
  void OnShed(passwords::Shed why) override;

 private:
  observe::HashingMetrics& metrics_;
};

class CountingFollow final : public follow::FollowObserver {
 public:
  // `on_current` is called each time that the log was read to its end.
  CountingFollow(observe::RevocationMetrics& revocations, observe::KeyMetrics& keys,
                 observe::Logger& logger, std::function<void()> on_current)
      : revocations_(revocations),
        keys_(keys),
        logger_(logger),
        on_current_(std::move(on_current)) {}

  void OnRevocationApplied(absl::Duration lag) override;
  void OnRevocationsCurrent(int64_t sequence, absl::Time as_of) override;
  void OnRevocationLogRewound(int64_t had, int64_t head) override;
  void OnRevocationsRestored(int64_t count) override;
  void OnFollowFailure(follow::Source source, const absl::Status& status) override;

 private:
  observe::RevocationMetrics& revocations_;
  observe::KeyMetrics& keys_;
  observe::Logger& logger_;
  const std::function<void()> on_current_;
  std::atomic<bool> failing_{false};  // one line per outage, not one per attempt
};

class CountingCredentials final : public domain::CredentialObserver {
 public:
  explicit CountingCredentials(observe::TokenMetrics& metrics) : metrics_(metrics) {}

  void RefreshDecided(domain::RefreshOutcome outcome) override;
  void ApiKeyJudged(domain::ApiKeyOutcome outcome) override;

 private:
  observe::TokenMetrics& metrics_;
};

class CountingGateways final : public domain::GatewayObserver {
 public:
  CountingGateways(observe::GatewayMetrics& gateways, observe::TokenMetrics& tokens)
      : gateways_(gateways), tokens_(tokens) {}

  void Judged(const domain::GatewayDecision& decision) override;

 private:
  observe::GatewayMetrics& gateways_;
  observe::TokenMetrics& tokens_;
};

}  // namespace signet::app

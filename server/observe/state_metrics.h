#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/token/verified_token_cache.h"
#include "prometheus/collectable.h"
#include "server/observe/counter_set.h"
#include "server/observe/latency_histogram.h"

namespace signet::observe {

// What the process knows: revocations, keys, its cache, itself. Thread-safe.

enum class FollowSource { kFeed, kRevocations, kKeys };

class RevocationMetrics final : public prometheus::Collectable {
 public:
  // Looked at during each scrape.
  struct State {
    int64_t sequence = 0;
    absl::Time as_of;
    size_t size = 0;
  };
  RevocationMetrics(const base::Clock& clock, std::function<State()> state);
  LatencyHistogram lag;
  CounterSet<FollowSource, 3> failures;
  std::atomic<uint64_t> rewinds{0};
  std::atomic<uint64_t> restored{0};
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const base::Clock& clock_;
  const std::function<State()> state_;
};

// What the planned rotation did with a key.
enum class RotationStep { kPrepared, kActivated, kRetired, kErased };

class KeyMetrics final : public prometheus::Collectable {
 public:
  struct State {
    std::optional<absl::Time> active_since;  // nothing: no key signs
    int64_t version = 0;
  };
  KeyMetrics(const base::Clock& clock, std::function<State()> state);
  std::atomic<uint64_t> reload_failures{0};
  CounterSet<RotationStep, 4> rotation_steps;  // taken by this process
  std::atomic<uint64_t> rotation_failures{0};
  std::atomic<bool> rotation_waits{false};  // a successor that is due waits for verifiers
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const base::Clock& clock_;
  const std::function<State()> state_;
};

class CacheMetrics final : public prometheus::Collectable {
 public:
  explicit CacheMetrics(std::function<token::VerifiedTokenCache::Stats()> stats)
      : stats_(std::move(stats)) {}
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<token::VerifiedTokenCache::Stats()> stats_;
};

// Build, CPU, descriptors, memory, threads, from /proc/self.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  ProcessMetrics(std::string version, std::string grpc_version);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string version_;
  const std::string grpc_version_;
  const double start_time_;
};

}  // namespace signet::observe

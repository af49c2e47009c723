#pragma once

#include <atomic>
#include <vector>

#include "absl/time/time.h"
#include "client/base/clock.h"
#include "prometheus/collectable.h"

namespace signet::observe {

// How the audit log is sealed, as this process sees it. Thread-safe.
class AuditMetrics final : public prometheus::Collectable {
 public:
  explicit AuditMetrics(const base::Clock& clock) : clock_(clock) {}

  // A round of the sealer succeeded: it sealed `events`, the oldest `lag` after it happened.
  void Sealed(absl::Time at, int64_t events, absl::Duration lag);

  std::atomic<int64_t> tree_size{0};  // events of the newest checkpoint
  std::atomic<uint64_t> failures{0};
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const base::Clock& clock_;
  std::atomic<int64_t> sealed_at_micros_{0};  // 0: never
  std::atomic<int64_t> lag_micros_{0};
  std::atomic<uint64_t> events_{0};
};

}  // namespace signet::observe

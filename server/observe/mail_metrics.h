#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "client/base/clock.h"
#include "prometheus/collectable.h"
#include "server/observe/counter_set.h"
#include "server/observe/latency_histogram.h"

namespace signet::observe {

enum class MailOutcome { kSent, kFailed, kGivenUp };

// Mail that this process sends, and what waits for any. Thread-safe.
class MailMetrics final : public prometheus::Collectable {
 public:
  explicit MailMetrics(const base::Clock& clock);
  CounterSet<MailOutcome, 3> outcomes;
  LatencyHistogram wait;
  std::atomic<int64_t> waiting{0};
  std::atomic<int64_t> given_up{0};
  std::atomic<uint64_t> outbox_failures{0};
  // When the oldest that waits was written; nothing: none waits.
  void SetOldest(std::optional<absl::Time> oldest);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const base::Clock& clock_;
  std::atomic<int64_t> oldest_micros_{0};  // 0: none
};

}  // namespace signet::observe

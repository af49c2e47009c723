#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "prometheus/collectable.h"

namespace signet::observe {

// The state of what serves session tokens. Thread-safe.
class SessionMetrics final : public prometheus::Collectable {
 public:
  struct State {
    int64_t held = 0;       // sessions that are judged without a query
    std::string mode;       // of the policy: "on", "read_only", "off"
    int share_percent = 0;  // of the users for whom it holds
  };
  // `state` is asked at each scrape, on its thread.
  explicit SessionMetrics(std::function<State()> state) : state_(std::move(state)) {}

  std::atomic<int64_t> uses_written{0};

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<State()> state_;
};

}  // namespace signet::observe

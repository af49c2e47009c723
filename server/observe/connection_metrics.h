#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "prometheus/collectable.h"

namespace signet::observe {

// Connections of the gRPC port. Thread-safe, lock-free.
class ConnectionMetrics final : public prometheus::Collectable {
 public:
  std::atomic<int64_t> open{0};
  std::atomic<uint64_t> refused{0};
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace signet::observe

#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "prometheus/collectable.h"
#include "server/observe/counter_set.h"
#include "server/observe/latency_histogram.h"
#include "server/observe/sharded_cells.h"

namespace signet::observe {

// What bounded work waits for: the lanes of the RPC layer, the hashing of passwords, the database
// pool. Each is one struct, made at start and passed in. Thread-safe, lock-free; gauges may be set
// from any thread.

enum class LaneLabel { kInline, kCompute, kDatabase, kBatch, kHashing };
enum class LaneRefusal { kQueueFull, kInFlightLimit, kExpired, kCancelled, kShuttingDown };

class LaneMetrics final : public prometheus::Collectable {
 public:
  LaneMetrics();
  void Refused(LaneLabel lane, LaneRefusal why);
  uint64_t refused(LaneLabel lane, LaneRefusal why) const;
  // Raised when a call is queued, lowered when a worker takes it.
  void Queued(LaneLabel lane, int64_t change);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::array<std::atomic<int64_t>, 5> depth_{};
  ShardedCells refused_;
};

enum class HashingShed { kDeadline, kQueueFull, kMemory, kDraining };

class HashingMetrics final : public prometheus::Collectable {
 public:
  HashingMetrics();
  std::atomic<int64_t> queue_depth{0};
  LatencyHistogram wait;
  LatencyHistogram service;
  CounterSet<HashingShed, 4> shed;
  std::vector<prometheus::MetricFamily> Collect() const override;
};

enum class DatabaseError { kConnect, kBroken, kTimeout, kLeaseTimeout, kSerialization, kOther };

class PoolMetrics final : public prometheus::Collectable {
 public:
  // `statements`: the names of all prepared statements, a closed list.
  explicit PoolMetrics(const std::vector<std::string>& statements);
  std::atomic<int64_t> in_use{0};
  std::atomic<int64_t> idle{0};
  std::atomic<int64_t> limit{0};
  LatencyHistogram wait;
  CounterSet<DatabaseError, 6> errors;
  // A name that is not in the list counts as "other".
  void Statement(absl::string_view name);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::vector<std::string> statements_;
  ShardedCells counts_;
};

}  // namespace signet::observe

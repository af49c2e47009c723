#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace signet::observe {

// A fixed number of counters that many threads raise without sharing cache lines: each thread
// writes to one of eight shards, a scrape sums them. One relaxed add per count, where
// prometheus::Counter takes a compare-and-swap loop over one shared double and
// prometheus::Histogram a mutex. Thread-safe.
class ShardedCells {
 public:
  explicit ShardedCells(size_t cells)
      : lines_per_shard_((cells + kCellsPerLine - 1) / kCellsPerLine),
        lines_(lines_per_shard_ * kShards) {}

  void Add(size_t cell, uint64_t count = 1) {
    At(ThisShard(), cell).fetch_add(count, std::memory_order_relaxed);
  }

  // Not one instant: cells may move while others are read. Each cell only ever grows.
  uint64_t Sum(size_t cell) const {
    uint64_t sum = 0;
    for (size_t shard = 0; shard < kShards; ++shard) {
      sum +=
          lines_[shard * lines_per_shard_ + cell / kCellsPerLine].cells[cell % kCellsPerLine].load(
              std::memory_order_relaxed);
    }
    return sum;
  }

 private:
  static constexpr size_t kShards = 8;
  static constexpr size_t kCellsPerLine = 8;
  struct alignas(64) Line {
    std::atomic<uint64_t> cells[kCellsPerLine] = {};
  };

  static size_t ThisShard() {
    static std::atomic<size_t> next{0};
    thread_local const size_t shard = next.fetch_add(1, std::memory_order_relaxed) % kShards;
    return shard;
  }

  std::atomic<uint64_t>& At(size_t shard, size_t cell) {
    return lines_[shard * lines_per_shard_ + cell / kCellsPerLine].cells[cell % kCellsPerLine];
  }

  const size_t lines_per_shard_;
  std::vector<Line> lines_;
};

}  // namespace signet::observe

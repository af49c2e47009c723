#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "server/observe/latency_histogram.h"

namespace signet::console {

// Which numbers: a family of tracked.h, and what each of the labels that are kept of it must be.
// Empty, or left out: whatever it is; the numbers that fit are added up.
struct Which {
  absl::string_view family;
  std::vector<absl::string_view> labels = {};
};

// The last 15 minutes of this process, for charts: a ring with a place per tick, in memory alone.
// It reads the cells that /metrics shows, and nothing else counts for it. What it holds is bounded
// by kMostColumns: at most 4 MiB, with the methods of today a
// bit over 1 MiB. Thread-safe; one thread
// ticks.
class History {
 public:
  static constexpr size_t kTicks = 180;
  static constexpr absl::Duration kInterval = absl::Seconds(5);
  static constexpr size_t kMostColumns = 5'000;

  // One value per tick, oldest first; nothing where there was none.
  using Values = std::vector<std::optional<double>>;

  // `source` outlives it.
  explicit History(const prometheus::Collectable& source) : source_(source) {}

  // Reads all numbers at `now`, which does not fall. Every kInterval.
  void Tick(absl::Time now);

  // Of a counter: per second, in each tick.
  Values Rate(const Which& which) const;
  // Of a counter: how much it rose within the window; of a histogram: how many were observed.
  double Total(const Which& which) const;
  // Of a gauge: as it stood at each tick.
  Values Level(const Which& which) const;
  // Of a gauge: as it stands; nothing where there is none.
  std::optional<double> Latest(const Which& which) const;
  // Of a histogram of durations: the quantile `q` in seconds, in each tick or of the whole window,
  // as Prometheus estimates it (linear within a bucket). Nothing where nothing was observed.
  Values Quantile(const Which& which, double q) const;
  std::optional<double> QuantileOfAll(const Which& which, double q) const;

  // The values that the label at `index` of the family has, in order.
  std::vector<std::string> LabelsOf(absl::string_view family, size_t index) const;

  // How long the window is that the ticks so far have seen.
  absl::Duration seen() const;
  // What the ring takes, in bytes.
  size_t bytes() const;

 private:
  static constexpr size_t kBuckets = observe::kLatencyBoundsNanos.size() + 1;
  using Buckets = std::array<double, kBuckets>;
  using Key = std::vector<std::string>;  // the family's name, then its labels

  struct Column {
    std::array<float, kTicks> values;  // of a counter what it rose by; NaN: nothing is known
    // The counter: as this tick has read it so far, as the tick before did, and which tick read.
    double total = 0;
    double before = 0;
    uint64_t read_in = 0;
  };
  // A histogram has a column per bucket, one after the other.
  struct Place {
    size_t first = 0;
    size_t columns = 1;
  };

  void Read(const prometheus::MetricFamily& family) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Place* PlaceOf(Key key, size_t columns) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Rise(Column& column, double total) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Place> Find(const Which& which) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The ring's index of each tick so far, oldest first.
  std::vector<size_t> Ticks() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Values Sum(const Which& which, bool per_second) const;

  const prometheus::Collectable& source_;
  mutable base::Mutex mutex_;
  std::map<Key, Place> places_ ABSL_GUARDED_BY(mutex_);
  std::deque<Column> columns_ ABSL_GUARDED_BY(mutex_);
  std::array<float, kTicks> seconds_ ABSL_GUARDED_BY(mutex_) = {};  // since the tick before
  absl::Time last_tick_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  uint64_t ticks_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The quantile `q` of durations of which `buckets` counts how many fell into each bucket of
// observe::kLatencyBoundsNanos, in seconds; what lies beyond the last bound counts as that.
std::optional<double> QuantileOf(
    const std::array<double, observe::kLatencyBoundsNanos.size() + 1>& buckets, double q);

}  // namespace signet::console

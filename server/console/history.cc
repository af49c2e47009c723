#include "server/console/history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "server/console/tracked.h"

namespace signet::console {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

// Of keys of its family.
bool Fits(const std::vector<std::string>& key, const Which& which) {
  for (size_t i = 0; i < which.labels.size(); ++i) {
    if (!which.labels[i].empty() && (i + 1 >= key.size() || key[i + 1] != which.labels[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

void History::Tick(absl::Time now) {
  const std::vector<prometheus::MetricFamily> families = source_.Collect();
  base::MutexLock lock(mutex_);
  const size_t place = ticks_ % kTicks;
  seconds_[place] = ticks_ == 0 ? 0 : static_cast<float>(absl::ToDoubleSeconds(now - last_tick_));
  for (Column& column : columns_) column.values[place] = kUnknown;
  for (const prometheus::MetricFamily& family : families) Read(family);
  for (Column& column : columns_) column.before = column.total;
  last_tick_ = now;
  ++ticks_;
}

void History::Read(const prometheus::MetricFamily& family) {
  const Tracked* tracked = FindTracked(family.name);
  if (tracked == nullptr) return;
  const size_t tick = ticks_ % kTicks;
  for (const prometheus::ClientMetric& metric : family.metric) {
    auto labels = KeptLabels(*tracked, metric.label);
    if (!labels) continue;
    Key key = {family.name};
    std::move(labels->begin(), labels->end(), std::back_inserter(key));
    if (family.type == prometheus::MetricType::Histogram) {
      const Place* place = PlaceOf(std::move(key), kBuckets);
      if (place == nullptr) return;
      double below = 0;
      for (size_t i = 0; i < std::min(metric.histogram.bucket.size(), kBuckets); ++i) {
        const auto total = static_cast<double>(metric.histogram.bucket[i].cumulative_count);
        Rise(columns_[place->first + i], total - below);
        below = total;
      }
      continue;
    }
    const Place* place = PlaceOf(std::move(key), 1);
    if (place == nullptr) return;
    Column& column = columns_[place->first];
    if (family.type == prometheus::MetricType::Counter) {
      Rise(column, metric.counter.value);
    } else {
      float& value = column.values[tick];
      const auto level = static_cast<float>(metric.gauge.value);
      // An age without an end: of what has not happened yet.
      if (!std::isfinite(level)) continue;
      value = std::isnan(value) ? level : value + level;
    }
  }
}

// Nothing where all columns are taken: what the ring holds is bounded whatever /metrics shows.
History::Place* History::PlaceOf(Key key, size_t columns) {
  const auto found = places_.find(key);
  if (found != places_.end()) return &found->second;
  if (columns_.size() + columns > kMostColumns) return nullptr;
  const Place place{columns_.size(), columns};
  for (size_t i = 0; i < columns; ++i) columns_.emplace_back().values.fill(kUnknown);
  return &places_.emplace(std::move(key), place).first->second;
}

// What rose before the first tick rose at an unknown time. Several samples may share a column.
void History::Rise(Column& column, double total) {
  if (column.read_in != ticks_ + 1) column.total = 0;
  column.read_in = ticks_ + 1;
  column.total += total;
  const double rise = column.total - column.before;
  column.values[ticks_ % kTicks] = ticks_ == 0 ? kUnknown : static_cast<float>(rise);
}

std::vector<History::Place> History::Find(const Which& which) const {
  std::vector<Place> found;
  for (auto at = places_.lower_bound({std::string(which.family)});
       at != places_.end() && at->first[0] == which.family; ++at) {
    if (Fits(at->first, which)) found.push_back(at->second);
  }
  return found;
}

std::vector<size_t> History::Ticks() const {
  const uint64_t first = ticks_ > kTicks ? ticks_ - kTicks : 0;
  std::vector<size_t> ticks;
  for (uint64_t tick = first; tick < ticks_; ++tick) ticks.push_back(tick % kTicks);
  return ticks;
}

History::Values History::Sum(const Which& which, bool per_second) const {
  base::MutexLock lock(mutex_);
  const std::vector<Place> places = Find(which);
  Values sums;
  for (const size_t tick : Ticks()) {
    std::optional<double> sum;
    for (const Place& place : places) {
      const float value = columns_[place.first].values[tick];
      if (!std::isnan(value)) sum = sum.value_or(0) + static_cast<double>(value);
    }
    if (sum && per_second) {
      if (seconds_[tick] > 0) {
        *sum /= static_cast<double>(seconds_[tick]);
      } else {
        sum.reset();
      }
    }
    sums.push_back(sum);
  }
  return sums;
}

History::Values History::Rate(const Which& which) const { return Sum(which, true); }

History::Values History::Level(const Which& which) const { return Sum(which, false); }

std::optional<double> History::Latest(const Which& which) const {
  const Values levels = Sum(which, false);
  return levels.empty() ? std::nullopt : levels.back();
}

double History::Total(const Which& which) const {
  base::MutexLock lock(mutex_);
  double total = 0;
  for (const Place& place : Find(which)) {
    for (size_t i = 0; i < place.columns; ++i) {
      for (const size_t tick : Ticks()) {
        const float value = columns_[place.first + i].values[tick];
        if (!std::isnan(value)) total += static_cast<double>(value);
      }
    }
  }
  return total;
}

History::Values History::Quantile(const Which& which, double q) const {
  base::MutexLock lock(mutex_);
  const std::vector<Place> places = Find(which);
  Values quantiles;
  for (const size_t tick : Ticks()) {
    Buckets buckets{};
    for (const Place& place : places) {
      for (size_t i = 0; i < std::min(place.columns, kBuckets); ++i) {
        const float value = columns_[place.first + i].values[tick];
        if (!std::isnan(value)) buckets[i] += static_cast<double>(value);
      }
    }
    quantiles.push_back(QuantileOf(buckets, q));
  }
  return quantiles;
}

std::optional<double> History::QuantileOfAll(const Which& which, double q) const {
  base::MutexLock lock(mutex_);
  Buckets buckets{};
  for (const Place& place : Find(which)) {
    for (size_t i = 0; i < std::min(place.columns, kBuckets); ++i) {
      for (const size_t tick : Ticks()) {
        const float value = columns_[place.first + i].values[tick];
        if (!std::isnan(value)) buckets[i] += static_cast<double>(value);
      }
    }
  }
  return QuantileOf(buckets, q);
}

std::vector<std::string> History::LabelsOf(absl::string_view family, size_t index) const {
  base::MutexLock lock(mutex_);
  std::set<std::string> values;
  for (auto at = places_.lower_bound({std::string(family)});
       at != places_.end() && at->first[0] == family; ++at) {
    if (index + 1 < at->first.size()) values.insert(at->first[index + 1]);
  }
  return {values.begin(), values.end()};
}

absl::Duration History::seen() const {
  base::MutexLock lock(mutex_);
  double seconds = 0;
  for (const size_t tick : Ticks()) seconds += static_cast<double>(seconds_[tick]);
  return absl::Seconds(seconds);
}

size_t History::bytes() const {
  base::MutexLock lock(mutex_);
  return columns_.size() * sizeof(Column);
}

std::optional<double> QuantileOf(
    const std::array<double, observe::kLatencyBoundsNanos.size() + 1>& buckets, double q) {
  double all = 0;
  for (const double count : buckets) all += count;
  if (all <= 0) return std::nullopt;
  const double rank = q * all;
  double below = 0;
  double lower = 0;
  for (size_t i = 0; i < observe::kLatencyBoundsNanos.size(); ++i) {
    const double upper = static_cast<double>(observe::kLatencyBoundsNanos[i]) / 1e9;
    if (buckets[i] > 0 && below + buckets[i] >= rank) {
      return lower + (upper - lower) * (rank - below) / buckets[i];
    }
    below += buckets[i];
    lower = upper;
  }
  return lower;
}

}  // namespace signet::console

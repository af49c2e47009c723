#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "prometheus/metric_family.h"
#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"
#include "server/observe/sharded_cells.h"

namespace signet::observe {

// One counter per value of a closed enum `Label`, whose values run from 0 to N - 1. All series are
// there from the start. Thread-safe, lock-free.
template <typename Label, size_t N>
class CounterSet {
 public:
  // `name` is in the catalog and has the one label `label`; `values` in the order of the enum.
  // The views must stay alive: literals.
  CounterSet(absl::string_view name, absl::string_view label,
             const std::array<absl::string_view, N>& values)
      : name_(name), label_(label), values_(values), cells_(N) {}

  void Add(Label value, uint64_t count = 1) { cells_.Add(static_cast<size_t>(value), count); }
  uint64_t Sum(Label value) const { return cells_.Sum(static_cast<size_t>(value)); }

  prometheus::MetricFamily Collect() const {
    prometheus::MetricFamily family = NewFamily(name_);
    for (size_t i = 0; i < N; ++i) {
      AddSample(family, {{std::string(label_), std::string(values_[i])}},
                static_cast<double>(cells_.Sum(i)));
    }
    return family;
  }

 private:
  const absl::string_view name_;
  const absl::string_view label_;
  const std::array<absl::string_view, N> values_;
  ShardedCells cells_;
};

}  // namespace signet::observe

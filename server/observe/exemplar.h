#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/observe/call_metadata.h"

namespace signet::observe {

// The call behind an observation, as far as an exemplar tells of it.
struct TracedCall {
  absl::string_view traceparent;  // as it came; empty: the call belongs to no trace
  absl::Time arrived;
};

// One observation of a histogram, and the trace in which to look for its cause.
struct Exemplar {
  std::array<char, 32> trace_id;  // as in TraceParent
  std::array<char, 16> span_id;
  int64_t nanos = 0;  // what was observed
  absl::Time time;    // when
};

// The newest exemplar of a bucket. Thread-safe; nobody ever waits.
class ExemplarSlot {
 public:
  // In place of the one before. Lost where another thread is at the slot.
  void Put(const TraceParent& trace, int64_t nanos, absl::Time time);

  // Nothing where there is none, or a call is at the slot just now.
  std::optional<Exemplar> Get() const;

 private:
  class Turn;

  mutable std::atomic<bool> taken_{false};
  std::optional<Exemplar> kept_;  // of whoever has taken it
};

// The exemplars of one family of histograms: for each of its metrics, in the order in which
// Collect() has them, one per bucket.
struct FamilyExemplars {
  std::string family;
  std::vector<std::vector<std::optional<Exemplar>>> metrics;
};

// Beside prometheus::Collectable, whose samples have no room for them.
class ExemplarSource {
 public:
  virtual ~ExemplarSource() = default;
  virtual FamilyExemplars CollectExemplars() const = 0;
};

}  // namespace signet::observe

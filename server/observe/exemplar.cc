#include "server/observe/exemplar.h"

#include <algorithm>

namespace signet::observe {

class ExemplarSlot::Turn {
 public:
  explicit Turn(std::atomic<bool>& taken)
      : taken_(taken), mine_(!taken.exchange(true, std::memory_order_acquire)) {}
  ~Turn() {
    if (mine_) taken_.store(false, std::memory_order_release);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool mine() const { return mine_; }

 private:
  std::atomic<bool>& taken_;
  const bool mine_;
};

void ExemplarSlot::Put(const TraceParent& trace, int64_t nanos, absl::Time time) {
  const Turn turn(taken_);
  if (!turn.mine()) return;
  Exemplar& kept = kept_.emplace();
  std::copy(trace.trace_id.begin(), trace.trace_id.end(), kept.trace_id.begin());
  std::copy(trace.span_id.begin(), trace.span_id.end(), kept.span_id.begin());
  kept.nanos = nanos;
  kept.time = time;
}

std::optional<Exemplar> ExemplarSlot::Get() const {
  const Turn turn(taken_);
  if (!turn.mine()) return std::nullopt;
  return kept_;
}

}  // namespace signet::observe

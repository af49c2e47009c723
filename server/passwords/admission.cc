#include "server/passwords/admission.h"

#include <algorithm>

namespace signet::passwords {
namespace {

constexpr double kWeightOfNewSample = 0.2;
constexpr double kLargestStep = 4;
constexpr absl::Duration kShortestRetry = absl::Milliseconds(10);
constexpr absl::Duration kLongestRetry = absl::Seconds(30);

}  // namespace

absl::Duration Admission::Estimate(const Cost& cost) const {
  return absl::Seconds(seconds_per_work_[static_cast<size_t>(cost.algorithm)] * cost.work);
}

void Admission::Learn(const Cost& cost, absl::Duration service) {
  if (service <= absl::ZeroDuration() || cost.work <= 0) return;
  double& average = seconds_per_work_[static_cast<size_t>(cost.algorithm)];
  const double sample = absl::ToDoubleSeconds(service) / cost.work;
  if (average == 0) {
    average = sample;
  } else {
    average += kWeightOfNewSample * (std::min(sample, kLargestStep * average) - average);
  }
}

bool Admission::FitsAlone(const Cost& cost) const {
  return limits_.threads * limits_.memory_per_thread_bytes + ExtraMemory(cost) <=
         limits_.memory_budget_bytes;
}

Admission::Decision Admission::Ask(const Cost& cost, absl::Time now, absl::Time deadline) const {
  const absl::Duration own = Estimate(cost);
  const uint64_t extra = ExtraMemory(cost);
  const bool in_time = inside_ == 0 ? now < deadline : now + Wait() + own <= deadline;
  const bool has_room = inside_ < limits_.threads + limits_.queue_limit;
  if (!in_time || !has_room || !MemoryFits(extra)) {
    return Decision{
        .place = std::nullopt,
        .why = !in_time ? Shed::kDeadline : (!has_room ? Shed::kQueueFull : Shed::kMemory),
        .retry_after = std::clamp(std::max(Wait(), own), kShortestRetry, kLongestRetry)};
  }
  return Decision{.place = Place{.estimate = own, .extra_memory_bytes = extra}};
}

Admission::Decision Admission::Admit(const Cost& cost, absl::Time now, absl::Time deadline) {
  const Decision decision = Ask(cost, now, deadline);
  if (!decision.admitted()) return decision;
  ++inside_;
  backlog_ += decision.place->estimate;
  if (decision.place->extra_memory_bytes > 0) {
    extra_memory_.insert(decision.place->extra_memory_bytes);
  }
  return decision;
}

void Admission::End(const Place& place) {
  --inside_;
  --running_;
  backlog_ -= place.estimate;
  if (place.extra_memory_bytes > 0) {
    extra_memory_.erase(extra_memory_.find(place.extra_memory_bytes));
  }
}

void Admission::Withdraw(const Place& place) {
  Begin();
  End(place);
}

uint64_t Admission::ExtraMemory(const Cost& cost) const {
  return cost.memory_bytes - std::min(cost.memory_bytes, limits_.memory_per_thread_bytes);
}

bool Admission::MemoryFits(uint64_t extra) const {
  uint64_t total = limits_.threads * limits_.memory_per_thread_bytes + extra;
  size_t beside = limits_.threads - 1;
  for (auto it = extra_memory_.begin(); beside > 0 && it != extra_memory_.end(); --beside, ++it) {
    total += *it;
  }
  return total <= limits_.memory_budget_bytes;
}

absl::Duration Admission::Wait() const {
  if (inside_ < limits_.threads) return absl::ZeroDuration();
  return backlog_ / static_cast<double>(limits_.threads);
}

}  // namespace signet::passwords

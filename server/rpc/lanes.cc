#include "server/rpc/lanes.h"

#include <string>
#include <utility>

namespace signet::rpc {
namespace {

std::unique_ptr<base::WorkerPool> MakePool(std::string name, const Lanes::Size& size) {
  base::WorkerPool::Options options;
  options.name = std::move(name);
  options.threads = size.threads;
  options.queue_limit = size.queue_limit;
  return std::make_unique<base::WorkerPool>(std::move(options));
}

}  // namespace

observe::LaneLabel LabelOf(Lane lane) {
  switch (lane) {
    case Lane::kInline:
      return observe::LaneLabel::kInline;
    case Lane::kCompute:
      return observe::LaneLabel::kCompute;
    case Lane::kDatabase:
      return observe::LaneLabel::kDatabase;
    case Lane::kHashing:
      return observe::LaneLabel::kHashing;
  }
  return observe::LaneLabel::kInline;
}

Lanes::Lanes(const Options& options, observe::LaneMetrics& metrics) : metrics_(metrics) {
  pools_[static_cast<size_t>(Lane::kCompute)] = MakePool("lane-compute", options.compute);
  pools_[static_cast<size_t>(Lane::kDatabase)] = MakePool("lane-database", options.database);
  pools_[static_cast<size_t>(Lane::kHashing)] = MakePool("lane-hashing", options.hashing);
}

Lanes::~Lanes() { Drain(); }

Lanes::Submitted Lanes::TrySubmit(Lane lane, base::WorkerPool::Task&& task) {
  const observe::LaneLabel label = LabelOf(lane);
  // Counted before: the worker may take it, and count down, before TrySubmit returns.
  metrics_.Queued(label, 1);
  if (pool(lane).TrySubmit([this, label, task = std::move(task)]() mutable {
        metrics_.Queued(label, -1);
        std::move(task)();
      })) {
    return Submitted::kYes;
  }
  metrics_.Queued(label, -1);
  return draining_ ? Submitted::kShuttingDown : Submitted::kQueueFull;
}

void Lanes::Drain() {
  draining_ = true;
  for (auto& pool : pools_) {
    if (pool) pool->Drain();
  }
}

}  // namespace signet::rpc

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
    case Lane::kBatch:
      return observe::LaneLabel::kBatch;
    case Lane::kHashing:
      return observe::LaneLabel::kHashing;
  }
  return observe::LaneLabel::kInline;
}

Lanes::Lanes(const Options& options, observe::LaneMetrics& metrics, RunBatch run_batch)
    : metrics_(metrics),
      batches_({.name = "lane-batch",
                .threads = options.batch.threads,
                .queue_limit = options.batch.queue_limit,
                .max_batch = options.max_batch},
               [this, run_batch = std::move(run_batch)](absl::Span<PendingCall* const> calls) {
                 metrics_.Queued(observe::LaneLabel::kBatch, -static_cast<int64_t>(calls.size()));
                 run_batch(calls);
               }) {
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
  return Refused(label);
}

Lanes::Submitted Lanes::TrySubmit(PendingCall& call) {
  metrics_.Queued(observe::LaneLabel::kBatch, 1);
  if (batches_.TrySubmit(&call)) return Submitted::kYes;
  return Refused(observe::LaneLabel::kBatch);
}

Lanes::Submitted Lanes::Refused(observe::LaneLabel lane) {
  metrics_.Queued(lane, -1);
  return draining_ ? Submitted::kShuttingDown : Submitted::kQueueFull;
}

void Lanes::Drain() {
  draining_ = true;
  for (auto& pool : pools_) {
    if (pool) pool->Drain();
  }
  batches_.Drain();
}

}  // namespace signet::rpc

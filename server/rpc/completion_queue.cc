#include "server/rpc/completion_queue.h"

#include <pthread.h>

namespace signet::rpc {
namespace {

// What waits for a quiet moment waits for this many events at most: some hundred microseconds.
constexpr int kMostBeforeIdle = 64;

}  // namespace

QueueThread::QueueThread(std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : queue_(std::move(queue)),
      close_(this, [](void* self, bool) { static_cast<QueueThread*>(self)->queue_->Shutdown(); }) {}

QueueThread::~QueueThread() {
  if (thread_.joinable()) Shutdown();
}

void QueueThread::Start(std::function<void()> first) {
  thread_ = std::thread([this, first = std::move(first)] {
    pthread_setname_np(pthread_self(), "grpc-queue");
    first();
    Run();
  });
}

void QueueThread::Shutdown() {
  if (!thread_.joinable()) return;
  alarm_.Set(queue_.get(), gpr_now(GPR_CLOCK_MONOTONIC), &close_);
  thread_.join();
}

void QueueThread::WhenIdle(QueueEvent& event) {
  if (when_idle_.empty()) happened_ = 0;
  when_idle_.push_back(&event);
}

void QueueThread::Run() {
  while (HappenNext()) {
    if (!when_idle_.empty() && ++happened_ >= kMostBeforeIdle) LetIdleHappen();
  }
}

// False: the queue has run dry.
bool QueueThread::HappenNext() {
  void* tag = nullptr;
  bool ok = false;
  if (when_idle_.empty()) {
    if (!queue_->Next(&tag, &ok)) return false;
  } else if (queue_->AsyncNext(&tag, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC)) !=
             grpc::CompletionQueue::GOT_EVENT) {
    LetIdleHappen();
    return true;
  }
  static_cast<QueueEvent*>(tag)->Happen(ok);
  return true;
}

void QueueThread::LetIdleHappen() {
  const std::vector<QueueEvent*> events = std::exchange(when_idle_, {});
  for (QueueEvent* event : events) event->Happen(true);
}

}  // namespace signet::rpc

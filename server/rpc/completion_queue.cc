#include "server/rpc/completion_queue.h"

#include <pthread.h>

namespace signet::rpc {

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

void QueueThread::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<QueueEvent*>(tag)->Happen(ok);
}

}  // namespace signet::rpc

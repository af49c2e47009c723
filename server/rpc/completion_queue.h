#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"

namespace signet::rpc {

// What a completion queue gives back. The object that owns the event decides what it means.
class QueueEvent {
 public:
  using Handler = void (*)(void* owner, bool ok);
  QueueEvent(void* owner, Handler handler) : owner_(owner), handler_(handler) {}
  void Happen(bool ok) { handler_(owner_, ok); }

 private:
  void* const owner_;
  const Handler handler_;
};

// One gRPC completion queue and the one thread that empties it: what hangs on a queue's events is
// touched by that thread alone and needs no lock.
class QueueThread {
 public:
  explicit QueueThread(std::unique_ptr<grpc::ServerCompletionQueue> queue);
  // Only after Shutdown(), or before Start().
  ~QueueThread();

  grpc::ServerCompletionQueue& queue() { return *queue_; }

  // Runs `first` on the thread, then every event.
  void Start(std::function<void()> first);

  // Lets `event` happen when no other is at hand, or after a few more. On the thread only.
  void WhenIdle(QueueEvent& event);

  // After the gRPC server's own Shutdown() and when nothing can start an operation from another
  // thread any more: lets the queue run dry and joins. The queue is closed on its own thread,
  // because an operation that is started on a closed queue ends the process.
  void Shutdown();

 private:
  void Run();
  bool HappenNext();
  void LetIdleHappen();

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  QueueEvent close_;
  grpc::Alarm alarm_;
  std::vector<QueueEvent*> when_idle_;
  int happened_ = 0;  // events since the first of `when_idle_` began to wait
  std::thread thread_;
};

}  // namespace signet::rpc

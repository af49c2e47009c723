#include "client/base/worker_pool.h"

#include <utility>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace signet::base {
namespace {

constexpr int kLowNiceness = 10;

// Of the calling thread, to which on Linux the priority belongs. Best effort: a refusal costs only
// fairness.
void Lower(WorkerPool::Priority priority) {
  const auto thread = static_cast<pid_t>(syscall(SYS_gettid));
  if (priority == WorkerPool::Priority::kLow) {
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(thread), kLowNiceness);
  } else if (priority == WorkerPool::Priority::kIdle) {
    const sched_param none{};
    (void)sched_setscheduler(thread, SCHED_IDLE, &none);
  }
}

}  // namespace

WorkerPool::WorkerPool(Options options) : options_(std::move(options)) {
  threads_.reserve(options_.threads);
  for (size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() { Drain(); }

bool WorkerPool::TrySubmit(Task&& task) {
  {
    MutexLock lock(mutex_);
    if (draining_ || queue_.size() >= options_.queue_limit) return false;
    queue_.push_back(std::move(task));
  }
  wake_.NotifyOne();
  return true;
}

void WorkerPool::Drain() {
  {
    MutexLock lock(mutex_);
    draining_ = true;
  }
  wake_.NotifyAll();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

size_t WorkerPool::queued() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void WorkerPool::Run() {
  pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
  Lower(options_.priority);
  while (true) {
    Task task;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !draining_) wake_.Wait(mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    std::move(task)();
  }
}

}  // namespace signet::base

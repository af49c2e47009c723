#include "server/app/repeating_task.h"

#include "absl/time/clock.h"

namespace signet::app {

void RepeatingTask::Start() {
  thread_ = std::thread([this] { Run(); });
}

void RepeatingTask::Stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void RepeatingTask::Run() {
  while (true) {
    task_();
    const absl::Time next = absl::Now() + interval_;
    base::MutexLock lock(mutex_);
    while (!stopping_ && absl::Now() < next) wake_.WaitFor(mutex_, next - absl::Now());
    if (stopping_) return;
  }
}

}  // namespace signet::app

#pragma once

#include <functional>
#include <thread>

#include "absl/time/time.h"
#include "client/base/mutex.h"

namespace signet::app {

// A thread that runs `task` at once and then after every `interval`. Start and Stop belong to one
// thread.
class RepeatingTask {
 public:
  RepeatingTask(absl::Duration interval, std::function<void()> task)
      : interval_(interval), task_(std::move(task)) {}
  ~RepeatingTask() { Stop(); }
  RepeatingTask(const RepeatingTask&) = delete;
  RepeatingTask& operator=(const RepeatingTask&) = delete;

  void Start();
  // Waits for a run under way. Idempotent.
  void Stop();

 private:
  void Run();

  const absl::Duration interval_;
  const std::function<void()> task_;
  base::Mutex mutex_;
  base::CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::app

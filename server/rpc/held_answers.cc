#include "server/rpc/held_answers.h"

#include <utility>

namespace signet::rpc {

HeldAnswers::HeldAnswers(const base::Clock& clock) : clock_(clock), thread_([this] { Run(); }) {}

HeldAnswers::~HeldAnswers() { Drain(); }

void HeldAnswers::Hold(absl::Time when, Answer give) {
  {
    base::MutexLock lock(mutex_);
    if (!draining_) {
      held_.emplace(when, std::move(give));
      changed_.NotifyOne();
      return;
    }
  }
  std::move(give)();
}

void HeldAnswers::Drain() {
  {
    base::MutexLock lock(mutex_);
    draining_ = true;
    changed_.NotifyOne();
  }
  if (thread_.joinable()) thread_.join();
}

void HeldAnswers::Run() {
  while (true) {
    Answer give;
    {
      base::MutexLock lock(mutex_);
      while (!draining_) {
        if (held_.empty()) {
          changed_.Wait(mutex_);
          continue;
        }
        const absl::Duration left = held_.begin()->first - clock_.Now();
        if (left <= absl::ZeroDuration()) break;
        changed_.WaitFor(mutex_, left);
      }
      if (held_.empty()) return;  // draining
      give = std::move(held_.begin()->second);
      held_.erase(held_.begin());
    }
    std::move(give)();
  }
}

}  // namespace signet::rpc

#include "client/verifier/repeating_thread.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include <pthread.h>

namespace signet::verifier {

absl::Duration Jittered(absl::Duration duration, double low, double high) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return duration * std::uniform_real_distribution<double>(low, high)(generator);
}

absl::Duration Backoff::Next() {
  const absl::Duration pause = Jittered(bound_, 0, 1);
  bound_ = std::min(bound_ * 2, longest_);
  return pause;
}

RepeatingThread::RepeatingThread(const std::string& name, Step step, Interrupt interrupt)
    : step_(std::move(step)), interrupt_(std::move(interrupt)), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

RepeatingThread::~RepeatingThread() { Stop(); }

void RepeatingThread::Wake() {
  base::MutexLock lock(mutex_);
  woken_ = true;
  wake_.NotifyAll();
}

void RepeatingThread::Stop() {
  if (!thread_.joinable()) return;
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  interrupt_();
  thread_.join();
}

void RepeatingThread::Run() {
  for (absl::Duration pause = absl::ZeroDuration(); AwaitNext(pause);) pause = step_();
}

bool RepeatingThread::AwaitNext(absl::Duration pause) {
  // Not the wall clock: one that is set back would hold this thread for as long.
  const auto until = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(pause);
  base::MutexLock lock(mutex_);
  while (!stopping_ && !woken_) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) break;
    wake_.WaitFor(mutex_, absl::FromChrono(left));
  }
  woken_ = false;
  return !stopping_;
}

}  // namespace signet::verifier

#include "server/app/signals.h"

#include <csignal>
#include <ctime>

#include <pthread.h>

namespace signet::app {
namespace {

sigset_t Awaited() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = Awaited();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Signals::Event Signals::Wait(absl::Duration timeout) {
  const sigset_t set = Awaited();
  const timespec patience = absl::ToTimespec(timeout);
  const int signal = timeout == absl::InfiniteDuration() ? sigwaitinfo(&set, nullptr)
                                                         : sigtimedwait(&set, nullptr, &patience);
  if (signal == SIGHUP) return Event::kReload;
  return signal > 0 ? Event::kStop : Event::kNothing;
}

void Signals::LetStopEndTheProcess() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT}) {
    std::signal(signal, SIG_DFL);
    sigaddset(&set, signal);
  }
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace signet::app

#pragma once

#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"

namespace signet::verifier {

// How long to wait before trying again: anything up to a bound that doubles with each failure in a
// row ("full jitter"), so that a thousand verifiers whose server went come back spread out. Used by
// one thread.
class Backoff {
 public:
  Backoff(absl::Duration first, absl::Duration longest)
      : first_(first), longest_(longest), bound_(first) {}

  absl::Duration Next();
  void Worked() { bound_ = first_; }

 private:
  const absl::Duration first_;
  const absl::Duration longest_;
  absl::Duration bound_;
};

// `duration` times something from `low` to `high`.
absl::Duration Jittered(absl::Duration duration, double low, double high);

// A thread that does one thing again and again until it is stopped. Thread-safe.
class RepeatingThread {
 public:
  // Returns how long to wait before the next time.
  using Step = absl::AnyInvocable<absl::Duration()>;
  // Makes a step that runs return soon; called once, from another thread.
  using Interrupt = absl::AnyInvocable<void()>;

  // `name` has at most 15 characters. Starts at once.
  RepeatingThread(const std::string& name, Step step, Interrupt interrupt);
  // Stops.
  ~RepeatingThread();
  RepeatingThread(const RepeatingThread&) = delete;
  RepeatingThread& operator=(const RepeatingThread&) = delete;

  // Ends the wait that is under way, or leaves out the next one.
  void Wake();
  // Interrupts the step and joins the thread. Idempotent, but not from two threads.
  void Stop();

 private:
  void Run();
  bool AwaitNext(absl::Duration pause);

  Step step_;
  Interrupt interrupt_;
  base::Mutex mutex_;
  base::CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::verifier

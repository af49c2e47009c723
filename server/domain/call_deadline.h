#pragma once

#include "absl/time/time.h"

namespace signet::domain {

// When the call that this thread works on must be over, for stores to bound their waits by it.
// absl::InfiniteFuture() outside any ScopedCallDeadline.
//
// An implicit argument, because every store method would otherwise carry it through use cases that
// have no use for it.
class ScopedCallDeadline {
 public:
  // The earlier of `deadline` and the enclosing scope's.
  explicit ScopedCallDeadline(absl::Time deadline) : outer_(current()) {
    if (deadline < outer_) current() = deadline;
  }
  ~ScopedCallDeadline() { current() = outer_; }
  ScopedCallDeadline(const ScopedCallDeadline&) = delete;
  ScopedCallDeadline& operator=(const ScopedCallDeadline&) = delete;

  static absl::Time Current() { return current(); }

 private:
  friend class WithoutCallDeadline;

  static absl::Time& current() {
    thread_local absl::Time deadline = absl::InfiniteFuture();
    return deadline;
  }

  const absl::Time outer_;
};

// Lifts it: for what has to be written although nobody waits for the answer any more. Stores then
// keep to the limits of their own, of a lease and of a statement.
class WithoutCallDeadline {
 public:
  WithoutCallDeadline() : outer_(ScopedCallDeadline::Current()) {
    ScopedCallDeadline::current() = absl::InfiniteFuture();
  }
  ~WithoutCallDeadline() { ScopedCallDeadline::current() = outer_; }
  WithoutCallDeadline(const WithoutCallDeadline&) = delete;
  WithoutCallDeadline& operator=(const WithoutCallDeadline&) = delete;

 private:
  const absl::Time outer_;
};

}  // namespace signet::domain

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
  static absl::Time& current() {
    thread_local absl::Time deadline = absl::InfiniteFuture();
    return deadline;
  }

  const absl::Time outer_;
};

}  // namespace signet::domain

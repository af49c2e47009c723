#pragma once

#include <atomic>

namespace signet::base {

// Raised by many threads, of whom one learns that it was the first. Lock-free; what a thread did
// before Lower() is seen by whoever raises it next.
class AtomicFlag {
 public:
  // Whether it was down.
  bool Raise() { return !raised_.exchange(true); }
  void Lower() { raised_.store(false); }

 private:
  std::atomic<bool> raised_{false};
};

}  // namespace signet::base

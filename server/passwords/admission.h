#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>

#include "absl/time/time.h"

namespace signet::passwords {

enum class Algorithm : size_t {
  kArgon2id,
  kBcrypt,
  kOtherArgon2,
  kPbkdf2Sha256,
  kPbkdf2Sha512,
  kScrypt,
};
inline constexpr size_t kAlgorithms = 6;

// What one computation takes. `work` is in the algorithm's own unit (KiB times passes, rounds,
// iterations): time grows with it linearly, so that a hash of any parameters can be judged by the
// measured speed of others of its algorithm.
struct Cost {
  Algorithm algorithm = Algorithm::kArgon2id;
  double work = 0;
  uint64_t memory_bytes = 0;
};

// Why a computation is not done.
enum class Shed {
  kDeadline,   // it could not be done, or was not begun, in time
  kQueueFull,  // as many wait as may
  kMemory,     // it would take more than the budget, or more than the machine has
  kDraining,   // the process is ending
};

// Decides whether a computation may queue: the arithmetic of the hashing executor, without threads
// and without a clock.
//
// Why it exists: under a login storm a plain queue grows to minutes, each answer comes after its
// caller has gone, and the service does nothing but useless work. Here a caller who cannot be
// served in time hears so at once, and who is let in is served.
//
// Not thread-safe: its owner holds a lock around every call.
class Admission {
 public:
  struct Limits {
    size_t threads = 1;
    size_t queue_limit = 1;                // waiting, not counting the running ones
    uint64_t memory_budget_bytes = 0;      // of all threads together
    uint64_t memory_per_thread_bytes = 0;  // kept by each thread, working or not
  };

  // One computation let in, from Admit() to End().
  struct Place {
    absl::Duration estimate;
    uint64_t extra_memory_bytes = 0;  // beyond what its thread keeps anyway
  };

  struct Decision {
    std::optional<Place> place;  // or, without one:
    Shed why = Shed::kDeadline;
    absl::Duration retry_after;  // today's queue will be gone

    bool admitted() const { return place.has_value(); }
  };

  explicit Admission(const Limits& limits) : limits_(limits) {}

  // How long such a computation takes by itself, from what was learned; zero before the first.
  absl::Duration Estimate(const Cost& cost) const;

  // Takes a measured time into the moving average. A single sample counts at most four times the
  // estimate, so that a suspended machine or a clock that is set does not close the door.
  void Learn(const Cost& cost, absl::Duration service);

  // False for one that exceeds the memory budget even alone.
  bool FitsAlone(const Cost& cost) const;

  // A place where `cost` can, by the estimates, be done before `deadline`. Otherwise the first that
  // is true: the deadline is too close, the queue is full, the memory of those that may run
  // together would exceed the budget.
  //
  // With nothing else inside, a computation is let in whatever the estimate says, as long as its
  // deadline has not passed: measuring again is the only way for an estimate that has become too
  // high to come down.
  Decision Admit(const Cost& cost, absl::Time now, absl::Time deadline);
  // What Admit() would say, without taking the place.
  Decision Ask(const Cost& cost, absl::Time now, absl::Time deadline) const;

  // It left the queue for a thread.
  void Begin() { ++running_; }
  // It is done, or was dropped, after Begin().
  void End(const Place& place);
  // It never got into the queue.
  void Withdraw(const Place& place);

  size_t waiting() const { return inside_ - running_; }

 private:
  uint64_t ExtraMemory(const Cost& cost) const;
  bool MemoryFits(uint64_t extra) const;
  absl::Duration Wait() const;

  const Limits limits_;
  std::array<double, kAlgorithms> seconds_per_work_{};
  size_t inside_ = 0;  // waiting and running
  size_t running_ = 0;
  absl::Duration backlog_;  // estimates of all inside
  // Extra memory of those inside that take any, largest first. At most `threads` of them run at
  // once, so the sum of the first `threads` bounds what can be in use.
  std::multiset<uint64_t, std::greater<>> extra_memory_;
};

}  // namespace signet::passwords

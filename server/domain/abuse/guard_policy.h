#pragma once

#include "absl/time/time.h"

namespace signet::domain {

// How many guesses one account stands. Applied by AttemptStore, alike to accounts and to
// names that nobody has.
struct GuardPolicy {
  // From the n-th failure in a row the account is locked: for `lock`, and twice as long with each
  // further failure, up to `longest_lock`.
  int lock_after = 5;
  absl::Duration lock = absl::Minutes(1);
  absl::Duration longest_lock = absl::Hours(1);
  // From the n-th failure a challenge has to be solved first, and the next attempt has to wait for
  // `delay`, twice as long with each further failure, up to `lock`.
  int challenge_after = 3;
  bool challenges = false;  // false: nobody asks for one
  absl::Duration delay = absl::Seconds(1);
  // Failures older than this are forgotten.
  absl::Duration memory = absl::Hours(24);
  // An attempt whose process died counts as failed after this; longer than any call.
  absl::Duration attempt_life = absl::Minutes(6);
};

// When failures together are a threat that single ones do not show: within `window`, over
// all replicas.
struct ThreatPolicy {
  absl::Duration window = absl::Minutes(10);
  int stuffing_accounts = 20;  // failed at from one network
  int spraying_accounts = 10;  // failed at with one password
  int storm_locks = 20;        // accounts locked
};

}  // namespace signet::domain

#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace signet::tests {

// Asks until `holds`; false when it does not within `patience`. For what another process does,
// whose end nothing here could be notified of.
template <typename Predicate>
bool Eventually(absl::Duration patience, Predicate holds) {
  const absl::Time deadline = absl::Now() + patience;
  while (!holds()) {
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

}  // namespace signet::tests

#pragma once

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::storage {

// What the pool tells whoever counts; every method does nothing unless overridden. Called on the
// threads that wait for the database, outside the pool's lock: implementations are thread-safe and
// return at once.
class StorageObserver {
 public:
  virtual ~StorageObserver() = default;

  // What is open at this moment.
  struct Connections {
    int in_use = 0;
    int idle = 0;
  };
  // A connection was leased after waiting this long; `now` counts it as in use.
  virtual void OnLease(absl::Duration wait, Connections now) {
    static_cast<void>(wait);
    static_cast<void>(now);
  }
  virtual void OnRelease(Connections now) { static_cast<void>(now); }

  // One statement, i.e. one round trip. `name` is one of a closed set ("rotate", "find_by_email",
  // …). `sqlstate` is empty for success, "08006" when the connection broke.
  virtual void OnStatement(absl::string_view name, absl::Duration took,
                           absl::string_view sqlstate) {
    static_cast<void>(name);
    static_cast<void>(took);
    static_cast<void>(sqlstate);
  }

  // The database stopped or began to answer; what readiness follows.
  virtual void OnHealth(bool healthy) { static_cast<void>(healthy); }
};

}  // namespace signet::storage

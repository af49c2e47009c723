#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "client/token/revocation_set.h"

namespace signet::domain {

// What is unexpired of the revocation log, in its order, as far as this process knows it: for
// readers that follow it at their own pace. Nobody is remembered here; a reader is a place.
// Thread-safe, and never waits for the database.
class RevocationHistory {
 public:
  virtual ~RevocationHistory() = default;

  // A place in the log: everything at or before `sequence` is behind it.
  struct Place {
    int64_t reading = 0;  // of the log from its beginning; another one is another log
    int64_t sequence = 0;
  };

  // Where the log ends, and what was committed before `as_of` lies at or before that.
  struct End {
    Place place;
    absl::Time as_of = absl::InfinitePast();
  };
  virtual End end() const = 0;

  struct Part {
    std::vector<token::RevocationRecord> records;  // ascending
    Place next;
    // Nothing lies behind `next`: it is the end, as of this time.
    bool whole = false;
    absl::Time as_of = absl::InfinitePast();
  };
  // What lies behind `place`, at most `limit` records. Nothing: the log has been read anew since,
  // after the database was restored to an earlier state, and places of before mean nothing.
  virtual std::optional<Part> ReadAfter(Place place, size_t limit) const = 0;

  // How many records lie behind `sequence`.
  virtual size_t CountAfter(int64_t sequence) const = 0;

  // Whether that is the record of `sequence` in this log. False too when it has expired and is not
  // the last one that was read.
  virtual bool Holds(int64_t sequence, absl::Time recorded_at) const = 0;
};

}  // namespace signet::domain

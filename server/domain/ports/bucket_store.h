#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/ids.h"

namespace signet::domain {

// What a process has to say about one bucket, and what it asks for.
struct BucketRequest {
  base::Uuid key;      // a keyed digest of what is limited and of whom
  int64_t spent = 0;   // tokens used that nobody had granted; negative: granted ones given back
  int64_t wanted = 0;  // at most
  int64_t capacity = 0;
  absl::Duration period;  // in which it fills
};

struct BucketGrant {
  int64_t granted = 0;  // whole tokens, taken out of the bucket
  absl::Time next_at;   // when there will be one again
};

// The token buckets that all replicas share. A bucket that is not there is full. May lose them all
// in a crash: they are full again then. Errors as AccountStore. Thread-safe.
class BucketStore {
 public:
  virtual ~BucketStore() = default;

  // One statement for all of `requests` (distinct keys, sorted, so that two processes cannot wait
  // for each other). The grants in their order.
  virtual absl::StatusOr<std::vector<BucketGrant>> Exchange(
      const std::vector<BucketRequest>& requests, absl::Time now) = 0;
};

}  // namespace signet::domain

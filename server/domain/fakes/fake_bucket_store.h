#pragma once

#include <map>
#include <vector>

#include "client/base/mutex.h"
#include "server/domain/ports/bucket_store.h"

namespace signet::domain {

// Buckets in memory; behaves as the port says. Thread-safe.
class FakeBucketStore final : public BucketStore {
 public:
  absl::StatusOr<std::vector<BucketGrant>> Exchange(const std::vector<BucketRequest>& requests,
                                                    absl::Time now) override;

  void SetAvailable(bool available) {
    base::MutexLock lock(mutex_);
    available_ = available;
  }
  int exchanges() {
    base::MutexLock lock(mutex_);
    return exchanges_;
  }

 private:
  struct Bucket {
    double tokens = 0;
    absl::Time updated_at;
  };

  base::Mutex mutex_;
  bool available_ ABSL_GUARDED_BY(mutex_) = true;
  int exchanges_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<base::Uuid, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::domain

#include "server/domain/fakes/fake_bucket_store.h"

#include <algorithm>
#include <cmath>

#include "client/base/error.h"

namespace signet::domain {

absl::StatusOr<std::vector<BucketGrant>> FakeBucketStore::Exchange(
    const std::vector<BucketRequest>& requests, absl::Time now) {
  base::MutexLock lock(mutex_);
  if (!available_) return base::StorageUnavailable(absl::Seconds(1));
  ++exchanges_;
  std::vector<BucketGrant> grants;
  for (const BucketRequest& request : requests) {
    const auto capacity = static_cast<double>(request.capacity);
    Bucket& bucket = buckets_.try_emplace(request.key, Bucket{capacity, now}).first->second;
    const double second = capacity / absl::ToDoubleSeconds(request.period);
    const absl::Duration passed = std::max(now - bucket.updated_at, absl::ZeroDuration());
    double tokens = std::min(capacity, bucket.tokens + second * absl::ToDoubleSeconds(passed));
    tokens = std::min(capacity, tokens - static_cast<double>(request.spent));
    BucketGrant grant;
    grant.granted =
        std::min(request.wanted, static_cast<int64_t>(std::max(std::floor(tokens), 0.0)));
    tokens -= static_cast<double>(grant.granted);
    grant.next_at = now + absl::Seconds(std::max(1 - tokens, 0.0) / second);
    bucket.tokens = tokens;
    bucket.updated_at = std::max(bucket.updated_at, now);
    grants.push_back(grant);
  }
  return grants;
}

}  // namespace signet::domain

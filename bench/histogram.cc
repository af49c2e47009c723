#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace signet::bench {

size_t Histogram::BucketOf(uint64_t value) {
  if (value < kSub) return value;
  const auto shift = static_cast<size_t>(std::bit_width(value)) - 1 - kSubBits;
  return (shift + 1) * kSub + ((value >> shift) & (kSub - 1));
}

uint64_t Histogram::UpperBound(size_t bucket) {
  if (bucket < kSub) return bucket;
  const size_t shift = bucket / kSub - 1;
  return ((kSub + bucket % kSub + 1) << shift) - 1;
}

void Histogram::Record(int64_t nanoseconds) {
  ++buckets_[BucketOf(static_cast<uint64_t>(std::max<int64_t>(nanoseconds, 0)))];
  ++count_;
}

int64_t Histogram::Quantile(double quantile) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= std::max<uint64_t>(wanted, 1)) return static_cast<int64_t>(UpperBound(bucket));
  }
  return static_cast<int64_t>(UpperBound(kBuckets - 1));
}

}  // namespace signet::bench

#include "server/limits/leased_buckets.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/quota_error.h"
#include "client/crypto/digest.h"

namespace signet::limits {
namespace {

using domain::LimitedAction;
using domain::LimitScope;

constexpr int64_t kSlices = 20;  // so much of a bucket may lie unused at each replica
constexpr int64_t kLargestSlice = 50;
constexpr int64_t kAloneShare = 10;  // without a database: this part of the rate
constexpr size_t kMostPerStatement = 500;
constexpr absl::Duration kSweepEvery = absl::Seconds(1);

int64_t SliceOf(const domain::Rate& rate) {
  return std::clamp<int64_t>(rate.tokens / kSlices, 1, kLargestSlice);
}

// In the order of the labels.
observe::RateLimit LabelOf(LimitedAction action, LimitScope scope) {
  const size_t actions_before = static_cast<size_t>(action) - 1;
  return static_cast<observe::RateLimit>(actions_before * domain::kLimitScopeCount +
                                         static_cast<size_t>(scope));
}

}  // namespace

LeasedBuckets::LeasedBuckets(const Options& options, domain::BucketStore& store, base::Secret key,
                             const base::Clock& clock, observe::AbuseMetrics& metrics)
    : options_(options),
      store_(store),
      key_(std::move(key)),
      clock_(clock),
      metrics_(metrics),
      thread_([this] { Run(); }) {}

LeasedBuckets::~LeasedBuckets() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    work_.NotifyAll();
    hurry_.NotifyAll();
  }
  thread_.join();
}

absl::Status LeasedBuckets::Take(LimitedAction action, LimitScope scope, absl::string_view whom,
                                 absl::Time now) {
  const domain::Rate& rate = options_.rates.at(action, scope);
  if (!rate.limits()) return absl::OkStatus();
  absl::Duration retry_after;
  if (TakeFrom(KeyOf(action, scope, whom), rate, now, retry_after)) return absl::OkStatus();
  return Refuse(action, scope, retry_after);
}

absl::Status LeasedBuckets::Peek(LimitedAction action, LimitScope scope, absl::string_view whom,
                                 absl::Time now) {
  const domain::Rate& rate = options_.rates.at(action, scope);
  if (!rate.limits()) return absl::OkStatus();
  const base::Uuid key = KeyOf(action, scope, whom);
  absl::Duration retry_after;
  {
    base::MutexLock lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end() || found->second->left > 0) return absl::OkStatus();
    retry_after = found->second->empty_until - now;
  }
  return retry_after <= absl::ZeroDuration() ? absl::OkStatus()
                                             : Refuse(action, scope, retry_after);
}

void LeasedBuckets::Charge(LimitedAction action, LimitScope scope, absl::string_view whom,
                           absl::Time now) {
  const domain::Rate& rate = options_.rates.at(action, scope);
  if (!rate.limits()) return;
  const base::Uuid key = KeyOf(action, scope, whom);
  base::MutexLock lock(mutex_);
  Bucket& bucket = Touch(key, rate, now);
  if (bucket.left > 0) {
    --bucket.left;
  } else {
    ++bucket.spent;
  }
  Enqueue(bucket);
}

base::Uuid LeasedBuckets::KeyOf(LimitedAction action, LimitScope scope,
                                absl::string_view whom) const {
  const auto digest = crypto::HmacSha256(
      key_.reveal(), absl::StrCat(domain::NameOf(action), "/", domain::NameOf(scope), "/", whom));
  return *base::Uuid::FromBytes(crypto::DigestView(digest).substr(0, 16));
}

absl::Status LeasedBuckets::Refuse(LimitedAction action, LimitScope scope,
                                   absl::Duration retry_after) {
  metrics_.rate_limited.Add(LabelOf(action, scope));
  return base::RateLimited(
      absl::StrCat(domain::NameOf(action), "/", domain::NameOf(scope)),
      absl::StrCat("calls of kind ", domain::NameOf(action), " per ", domain::NameOf(scope)),
      std::max(retry_after, absl::Milliseconds(1)));
}

bool LeasedBuckets::TakeFrom(const base::Uuid& key, const domain::Rate& rate, absl::Time now,
                             absl::Duration& retry_after) {
  base::MutexLock lock(mutex_);
  const bool known = by_key_.contains(key);
  Bucket* bucket = &Touch(key, rate, now);
  if (now < away_until_) return TakeAlone(*bucket, now, retry_after);
  if (!known) {
    bucket->spent = 1;
    Enqueue(*bucket);
    return true;
  }
  const absl::Time give_up = clock_.Now() + options_.patience;
  while (bucket->left == 0) {
    if (now < bucket->empty_until) {
      retry_after = bucket->empty_until - now;
      return false;
    }
    ++bucket->waiting;
    ++waiting_;
    Enqueue(*bucket);
    hurry_.NotifyAll();
    const absl::Duration patience = give_up - clock_.Now();
    const bool waited = patience > absl::ZeroDuration() && answered_.WaitFor(mutex_, patience);
    --waiting_;
    bucket = &Touch(key, rate, now);  // it may have gone meanwhile
    bucket->waiting = std::max<int64_t>(bucket->waiting - 1, 0);
    if (!waited || clock_.Now() < away_until_) {
      if (bucket->left > 0) break;
      return TakeAlone(*bucket, now, retry_after);
    }
  }
  --bucket->left;
  if (bucket->left <= SliceOf(rate) / 2) Enqueue(*bucket);
  return true;
}

LeasedBuckets::Bucket& LeasedBuckets::Touch(const base::Uuid& key, const domain::Rate& rate,
                                            absl::Time now) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
    found->second->used_at = now;
    return *found->second;
  }
  if (buckets_.size() >= options_.most_buckets) {
    by_key_.erase(buckets_.back().key);
    buckets_.pop_back();
  }
  buckets_.push_front(Bucket{.key = key, .rate = rate, .used_at = now});
  by_key_.emplace(key, buckets_.begin());
  return buckets_.front();
}

bool LeasedBuckets::TakeAlone(Bucket& bucket, absl::Time now, absl::Duration& retry_after) {
  const auto capacity = static_cast<double>(std::max<int64_t>(bucket.rate.tokens / kAloneShare, 1));
  const absl::Duration interval = bucket.rate.period / capacity;
  const absl::Duration passed = now - bucket.alone_at;  // endless at first
  bucket.alone =
      passed >= bucket.rate.period
          ? capacity
          : std::min(capacity, bucket.alone + std::max(absl::FDivDuration(passed, interval), 0.0));
  bucket.alone_at = std::max(bucket.alone_at, now);
  if (bucket.alone < 1) {
    retry_after = (1 - bucket.alone) * interval;
    return false;
  }
  bucket.alone -= 1;
  return true;
}

void LeasedBuckets::Enqueue(Bucket& bucket) {
  if (!std::exchange(bucket.queued, true)) dirty_.push_back(bucket.key);
  work_.NotifyAll();
}

// Statements that nobody waits for are held back a little, so that one carries many buckets.
void LeasedBuckets::Run() {
  base::MutexLock lock(mutex_);
  while (true) {
    while (dirty_.empty() && !stopping_) {
      work_.WaitFor(mutex_, kSweepEvery);
      GiveBackUnused(clock_.Now());
    }
    if (waiting_ == 0 && !stopping_) hurry_.WaitFor(mutex_, options_.pause);
    if (stopping_) {
      for (Bucket& bucket : buckets_) {
        bucket.spent -= std::exchange(bucket.left, 0);
        if (bucket.spent != 0) Enqueue(bucket);
      }
    }
    const std::vector<domain::BucketRequest> requests = NextRequests();
    if (requests.empty()) {
      if (stopping_) return;
      continue;
    }
    mutex_.Unlock();
    const absl::Time now = clock_.Now();
    const auto grants = store_.Exchange(requests, now);
    mutex_.Lock();
    Apply(requests, grants, clock_.Now());
    if (stopping_ && !grants.ok()) return;
  }
}

void LeasedBuckets::GiveBackUnused(absl::Time now) {
  if (now - swept_at_ < kSweepEvery) return;
  swept_at_ = now;
  // From the least recently used on: the first fresh one ends it.
  for (auto bucket = buckets_.rbegin();
       bucket != buckets_.rend() && now - bucket->used_at > options_.lease; ++bucket) {
    if (bucket->left == 0 || bucket->queued) continue;
    bucket->spent -= std::exchange(bucket->left, 0);
    Enqueue(*bucket);
  }
}

std::vector<domain::BucketRequest> LeasedBuckets::NextRequests() {
  std::vector<domain::BucketRequest> requests;
  while (!dirty_.empty() && requests.size() < kMostPerStatement) {
    const auto found = by_key_.find(dirty_.back());
    dirty_.pop_back();
    if (found == by_key_.end()) continue;
    Bucket& bucket = *found->second;
    bucket.queued = false;
    domain::BucketRequest request;
    request.key = bucket.key;
    request.spent = std::exchange(bucket.spent, 0);
    if (request.spent >= 0 && !stopping_) {
      const int64_t slice = SliceOf(bucket.rate) + bucket.waiting;
      request.wanted = std::max<int64_t>(slice - bucket.left, 0);
    }
    if (request.spent == 0 && request.wanted == 0) continue;
    request.capacity = bucket.rate.tokens;
    request.period = bucket.rate.period;
    requests.push_back(request);
  }
  std::sort(requests.begin(), requests.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  return requests;
}

void LeasedBuckets::Apply(const std::vector<domain::BucketRequest>& requests,
                          const absl::StatusOr<std::vector<domain::BucketGrant>>& grants,
                          absl::Time now) {
  if (!grants.ok()) away_until_ = now + options_.retry;
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto found = by_key_.find(requests[i].key);
    if (found == by_key_.end()) continue;
    Bucket& bucket = *found->second;
    if (!grants.ok()) {
      bucket.spent += requests[i].spent;  // told when the database is back
      continue;
    }
    const domain::BucketGrant& grant = (*grants)[i];
    bucket.left += grant.granted;
    if (requests[i].wanted > 0 && grant.granted == 0) bucket.empty_until = grant.next_at;
  }
  answered_.NotifyAll();
}

}  // namespace signet::limits

#pragma once

#include <cstdint>
#include <list>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/base/clock.h"
#include "client/base/mutex.h"
#include "client/base/secret.h"
#include "server/domain/ports/bucket_store.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/observe/abuse_metrics.h"

namespace signet::limits {

// Token buckets that replicas share, with a fast path in this process: tokens are leased from the
// shared bucket a slice (a twentieth of it) at a time by one thread, many buckets in one statement,
// and spent here without a round trip. What is leased and not used goes back after `lease`.
//
//   a bucket's first token here   is spent on credit, and reported: no call waits for its first
//   slice used up, shared one not the call waits for the next slice: one statement
//   shared bucket empty           refused here, without a statement, until the time that was told
//
// Over all replicas, no more than the rate and one token per replica are let through; not fewer
// than the rate less the slices that others hold at the moment.
//
// Without a database each process goes by a limit of its own, a tenth of the shared one: neither
// open, nor closed to everybody; and no call waits for it. Memory is bounded: of more than
// `most_buckets` those go that were used least recently.
// Thread-safe. Take() and Peek() are for worker threads.
class LeasedBuckets final : public domain::RateLimiter {
 public:
  struct Options {
    domain::RateTable rates;
    size_t most_buckets = 100'000;  // of about 200 bytes
    absl::Duration lease = absl::Seconds(5);
    absl::Duration pause = absl::Milliseconds(20);  // between statements that nobody waits for
    absl::Duration patience = absl::Seconds(2);     // for a statement that a call waits for
    absl::Duration retry = absl::Seconds(1);        // of a database that did not answer
  };

  // `key`: 32 bytes that all replicas share; what is limited is stored under digests. Everything
  // given outlives it.
  LeasedBuckets(const Options& options, domain::BucketStore& store, base::Secret key,
                const base::Clock& clock, observe::AbuseMetrics& metrics);
  // Calls must have ended. What is leased and unused is given back.
  ~LeasedBuckets() override;
  LeasedBuckets(const LeasedBuckets&) = delete;
  LeasedBuckets& operator=(const LeasedBuckets&) = delete;

  absl::Status Take(domain::LimitedAction action, domain::LimitScope scope, absl::string_view whom,
                    absl::Time now) override;
  absl::Status Peek(domain::LimitedAction action, domain::LimitScope scope, absl::string_view whom,
                    absl::Time now) override;
  void Charge(domain::LimitedAction action, domain::LimitScope scope, absl::string_view whom,
              absl::Time now) override;

 private:
  struct Bucket {
    base::Uuid key;
    domain::Rate rate;
    int64_t left = 0;     // leased and not spent
    int64_t spent = 0;    // on credit, not reported yet; or, negative, to be given back
    int64_t waiting = 0;  // calls that wait for a slice
    bool queued = false;  // in dirty_
    absl::Time used_at;
    absl::Time empty_until = absl::InfinitePast();  // the shared bucket, as far as was told
    double alone = 0;                               // tokens while there is no database
    absl::Time alone_at = absl::InfinitePast();
  };
  using Buckets = std::list<Bucket>;  // the least recently used last

  base::Uuid KeyOf(domain::LimitedAction action, domain::LimitScope scope,
                   absl::string_view whom) const;
  absl::Status Refuse(domain::LimitedAction action, domain::LimitScope scope,
                      absl::Duration retry_after);
  // False: no token, `retry_after` is set.
  bool TakeFrom(const base::Uuid& key, const domain::Rate& rate, absl::Time now,
                absl::Duration& retry_after);
  Bucket& Touch(const base::Uuid& key, const domain::Rate& rate, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeAlone(Bucket& bucket, absl::Time now, absl::Duration& retry_after)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enqueue(Bucket& bucket) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Run();
  void GiveBackUnused(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<domain::BucketRequest> NextRequests() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Apply(const std::vector<domain::BucketRequest>& requests,
             const absl::StatusOr<std::vector<domain::BucketGrant>>& grants, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  domain::BucketStore& store_;
  const base::Secret key_;
  const base::Clock& clock_;
  observe::AbuseMetrics& metrics_;

  base::Mutex mutex_;
  base::CondVar work_;      // something to tell or to ask
  base::CondVar hurry_;     // a call waits for the answer
  base::CondVar answered_;  // a statement has returned
  Buckets buckets_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<base::Uuid, Buckets::iterator, absl::Hash<base::Uuid>> by_key_
      ABSL_GUARDED_BY(mutex_);
  std::vector<base::Uuid> dirty_ ABSL_GUARDED_BY(mutex_);
  int64_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time away_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time swept_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::limits

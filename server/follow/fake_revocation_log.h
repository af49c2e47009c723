#pragma once

#include <utility>
#include <vector>

#include "client/base/error.h"
#include "client/base/mutex.h"
#include "server/domain/fakes/fake_database.h"
#include "server/domain/fakes/fake_revocation_store.h"
#include "server/follow/follow_observer.h"

namespace signet::follow {

// The domain's fake of the revocation log, that can go away, lose its end and count its reads.
// Thread-safe.
class FakeRevocationLog final : public domain::RevocationStore {
 public:
  absl::StatusOr<int64_t> Append(const token::RevocationRecord& record) override {
    return log_.Append(record);
  }
  absl::StatusOr<int64_t> AppendAudited(const token::RevocationRecord& record,
                                        const domain::AuditRecord& audit) override {
    return log_.AppendAudited(record, audit);
  }

  absl::Status Restore(const token::RevocationRecord& record, absl::Time now) override {
    {
      base::MutexLock lock(mutex_);
      if (read_only_) return base::StorageUnavailable(absl::Seconds(1));
    }
    return log_.Restore(record, now);
  }

  absl::StatusOr<Page> ReadAfter(int64_t after, absl::Time now, int limit) override {
    {
      base::MutexLock lock(mutex_);
      ++reads_;
      if (reads_left_ == 0) return base::StorageUnavailable(absl::Seconds(1));
      if (reads_left_ > 0) --reads_left_;
    }
    return log_.ReadAfter(after, now, limit);
  }

  // The database answers `reads` more times, then is gone; -1: it is back.
  void AnswerOnly(int reads) {
    base::MutexLock lock(mutex_);
    reads_left_ = reads;
  }
  // The database was restored to the state in which `head` was its last record.
  void RestoreTo(int64_t head) { database_.RestoreRevocationLog(head); }
  // Reads are answered, writes are not.
  void ReadOnly(bool read_only) {
    base::MutexLock lock(mutex_);
    read_only_ = read_only;
  }
  int reads() const {
    base::MutexLock lock(mutex_);
    return reads_;
  }

 private:
  domain::FakeDatabase database_;
  domain::FakeRevocationStore log_{database_};
  mutable base::Mutex mutex_;
  int reads_left_ ABSL_GUARDED_BY(mutex_) = -1;
  int reads_ ABSL_GUARDED_BY(mutex_) = 0;
  bool read_only_ ABSL_GUARDED_BY(mutex_) = false;
};

// Keeps what was reported. Thread-safe.
class RecordingObserver final : public FollowObserver {
 public:
  struct Report {
    std::vector<absl::Duration> lags;
    std::vector<int64_t> currents;
    std::vector<std::pair<int64_t, int64_t>> rewinds;
    int64_t restored = 0;
    std::vector<Source> failures;
  };

  void OnRevocationApplied(absl::Duration lag) override {
    base::MutexLock lock(mutex_);
    report_.lags.push_back(lag);
  }
  void OnRevocationsCurrent(int64_t sequence, absl::Time /*as_of*/) override {
    base::MutexLock lock(mutex_);
    report_.currents.push_back(sequence);
  }
  void OnRevocationLogRewound(int64_t had, int64_t head) override {
    base::MutexLock lock(mutex_);
    report_.rewinds.emplace_back(had, head);
  }
  void OnRevocationsRestored(int64_t count) override {
    base::MutexLock lock(mutex_);
    report_.restored += count;
  }
  void OnFollowFailure(Source source, const absl::Status& /*status*/) override {
    base::MutexLock lock(mutex_);
    report_.failures.push_back(source);
  }

  Report report() const {
    base::MutexLock lock(mutex_);
    return report_;
  }

 private:
  mutable base::Mutex mutex_;
  Report report_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::follow

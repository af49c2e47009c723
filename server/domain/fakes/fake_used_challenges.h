#pragma once

#include <set>
#include <string>

#include "client/base/mutex.h"
#include "server/domain/ports/challenge_provider.h"

namespace signet::domain {

// Used solutions in memory. Thread-safe.
class FakeUsedChallenges final : public UsedChallenges {
 public:
  absl::StatusOr<bool> Use(absl::string_view digest, absl::Time) override {
    base::MutexLock lock(mutex_);
    return used_.emplace(digest).second;
  }

 private:
  base::Mutex mutex_;
  std::set<std::string> used_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::domain

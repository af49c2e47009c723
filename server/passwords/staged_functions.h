#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/fake_clock.h"
#include "client/base/mutex.h"
#include "server/passwords/hashing_executor.h"

// For tests alone: hashing that a test can stop and time.
namespace signet::passwords {

constexpr absl::Duration kService = absl::Milliseconds(10);

// Computations that take exactly kService of a clock that nothing else moves, and that a test can
// stop half-way.
class StagedFunctions final : public PasswordFunctions {
 public:
  struct Call {
    Argon2Params params;
    size_t salt_bytes;
    size_t hash_bytes;
    bool operator==(const Call&) const = default;
  };

  explicit StagedFunctions(base::FakeClock& clock) : clock_(clock) {}

  absl::StatusOr<std::string> Argon2id(const base::Secret& password, absl::string_view salt,
                                       const Argon2Params& params,
                                       size_t hash_bytes) const override {
    Perform([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      calls_.push_back({params, salt.size(), hash_bytes});
    });
    if (out_of_memory) return absl::ResourceExhaustedError("no memory");
    std::string hash = absl::StrCat(password.reveal(), salt);
    hash.resize(hash_bytes, '.');
    return hash;
  }
  bool BcryptMatches(const base::Secret& password, const BcryptHash&) const override {
    Perform([] {});
    return password.reveal() == "U*U";
  }

  absl::StatusOr<bool> ImportedMatches(const base::Secret& password,
                                       const ImportedHash&) const override {
    Perform([] {});
    if (out_of_memory) return absl::ResourceExhaustedError("no memory");
    return password.reveal() == "elsewhere";
  }

  // From now on every computation stops until Release().
  void Hold() {
    base::MutexLock lock(mutex_);
    held_ = true;
  }
  void Release() {
    base::MutexLock lock(mutex_);
    held_ = false;
    changed_.NotifyAll();
  }
  std::vector<Call> TakeCalls() {
    base::MutexLock lock(mutex_);
    return std::exchange(calls_, {});
  }

  bool out_of_memory = false;

 private:
  void Perform(const std::function<void()>& record) const {
    base::MutexLock lock(mutex_);
    record();
    while (held_) changed_.Wait(mutex_);
    clock_.Advance(kService);
  }

  base::FakeClock& clock_;
  mutable base::Mutex mutex_;
  mutable base::CondVar changed_;
  mutable std::vector<Call> calls_ ABSL_GUARDED_BY(mutex_);
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

class RecordingObserver final : public HashingObserver {
 public:
  void OnQueueDepth(size_t waiting) override {
    base::MutexLock lock(mutex_);
    depth_ = waiting;
    ++depth_changes_;
    changed_.NotifyAll();
  }
  void OnDone(absl::Duration wait, absl::Duration service) override {
    base::MutexLock lock(mutex_);
    done_.emplace_back(wait, service);
  }
  void OnShed(Shed why) override {
    base::MutexLock lock(mutex_);
    shed_.push_back(why);
  }

  // Returns when `changes` more reports of the depth have come since Mark(), the last being
  // `depth`.
  void Mark() {
    base::MutexLock lock(mutex_);
    depth_changes_ = 0;
  }
  void AwaitDepth(size_t depth, int changes) {
    base::MutexLock lock(mutex_);
    while (depth_changes_ < changes || depth_ != depth) changed_.Wait(mutex_);
  }
  std::vector<std::pair<absl::Duration, absl::Duration>> TakeDone() {
    base::MutexLock lock(mutex_);
    return std::exchange(done_, {});
  }
  std::vector<Shed> shed() {
    base::MutexLock lock(mutex_);
    return shed_;
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  size_t depth_ ABSL_GUARDED_BY(mutex_) = 0;
  int depth_changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::pair<absl::Duration, absl::Duration>> done_ ABSL_GUARDED_BY(mutex_);
  std::vector<Shed> shed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::passwords

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/base/mutex.h"
#include "client/base/worker_pool.h"
#include "server/domain/ports/password_hasher.h"
#include "server/passwords/admission.h"
#include "server/passwords/password_functions.h"
#include "server/passwords/phc_string.h"

namespace signet::passwords {

// Told what the executor does, for metrics. Called from any thread, OnQueueDepth() under the
// executor's lock so that the last value is the true one: count and return, never call back.
class HashingObserver {
 public:
  virtual ~HashingObserver() = default;
  virtual void OnQueueDepth(size_t /*waiting*/) {}
  // One computation done: how long it waited, and how long it took.
  virtual void OnDone(absl::Duration /*wait*/, absl::Duration /*service*/) {}
  // One call refused with OVERLOADED, at the door or in the queue.
  virtual void OnShed(Shed /*why*/) {}
};

// Half of the machine's cores, at least 1 and at most 16.
size_t DefaultHashingThreads();

// The domain's PasswordHasher: Argon2id for new hashes, every form of phc_string.h for stored ones,
// on threads of low priority so that hashing never delays validation.
//
// Each call is judged by Admission (admission.h) and either refused at once with OVERLOADED and a
// time to retry, or queued while its caller blocks. A computation whose deadline has passed when a
// thread takes it up is not begun: OVERLOADED as well.
//
// A stored string that ParseStoredHash() refuses, or that alone needs more than the memory budget,
// does not match, after the same work as for an unknown account: a damaged record must not answer
// faster than any other. A bcrypt hash costs what its rounds cost, until the login that
// replaces it, and so does every other imported one.
//
// Thread-safe. The collaborators must outlive it.
class HashingExecutor final : public domain::PasswordHasher {
 public:
  struct Options {
    Argon2Params argon2;                                 // of new hashes
    size_t threads = DefaultHashingThreads();            // 1..256
    size_t queue_limit = 256;                            // at least 1
    uint64_t memory_budget_bytes = uint64_t{512} << 20;  // at least threads x argon2 memory
    // Validation must not wait for a hash.
    base::WorkerPool::Priority priority = base::WorkerPool::Priority::kIdle;
  };

  // Measures one hash of each algorithm before it returns, so that the first storm meets true
  // estimates. INVALID_ARGUMENT naming an option out of its range; the error of the computation
  // where the machine cannot do one.
  static absl::StatusOr<std::unique_ptr<HashingExecutor>> Create(const Options& options,
                                                                 const base::Clock& clock,
                                                                 const PasswordFunctions& functions,
                                                                 HashingObserver& observer);
  ~HashingExecutor() override { Drain(); }

  absl::Status CheckRoom(absl::Time deadline) override;
  absl::StatusOr<std::string> Hash(const base::Secret& password, absl::Time deadline) override;
  absl::StatusOr<Check> Verify(const base::Secret& password, absl::string_view stored,
                               absl::Time deadline) override;
  absl::Status VerifyNobody(const base::Secret& password, absl::Time deadline) override;

  // Refuses whatever comes from now on, and returns when all that was let in is answered.
  void Drain() { pool_.Drain(); }

 private:
  using Work = absl::FunctionRef<absl::Status()>;

  HashingExecutor(const Options& options, const base::Clock& clock,
                  const PasswordFunctions& functions, HashingObserver& observer);

  absl::Status Calibrate();
  absl::StatusOr<bool> Matches(const base::Secret& password, const Argon2idHash& stored,
                               absl::Time deadline);
  absl::StatusOr<bool> Matches(const base::Secret& password, const BcryptHash& stored,
                               absl::Time deadline);
  absl::StatusOr<bool> Matches(const base::Secret& password, const ImportedHash& stored,
                               absl::Time deadline);
  bool IsCheaper(const Argon2idHash& stored) const;
  bool FitsAlone(const Cost& cost);

  // Admission, queue, thread: runs `work` there and returns its status, or OVERLOADED.
  absl::Status Run(const Cost& cost, absl::Time deadline, Work work);
  absl::Status RunInWorker(const Cost& cost, const Admission::Place& place, absl::Time entered,
                           absl::Time deadline, Work work);
  // Counts the refusal and says it.
  absl::Status Refuse(Shed why, absl::Duration retry_after);
  void Leave(const Admission::Place& place);

  const Options options_;
  const base::Clock& clock_;
  const PasswordFunctions& functions_;
  HashingObserver& observer_;
  const Argon2idHash nobody_;  // random salt and hash: no password is known to match

  base::Mutex mutex_;
  Admission admission_ ABSL_GUARDED_BY(mutex_);
  base::WorkerPool pool_;  // last: its threads use all of the above
};

}  // namespace signet::passwords

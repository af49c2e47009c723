#pragma once

#include <map>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/base/mutex.h"

namespace signet::rpc {

// Keeps answers until they may be given, without a thread waiting for each. For refusals whose
// time must not tell their reason: hashing a password by bcrypt takes longer than by Argon2id, a
// locked account takes no hash at all, and each of these would say that there is an account.
// Thread-safe.
class HeldAnswers {
 public:
  using Answer = absl::AnyInvocable<void()>;

  // `clock` outlives it.
  explicit HeldAnswers(const base::Clock& clock);
  // Drain()s.
  ~HeldAnswers();
  HeldAnswers(const HeldAnswers&) = delete;
  HeldAnswers& operator=(const HeldAnswers&) = delete;

  // Calls `give` once, when the clock has reached `when`: on this object's thread, or at once on
  // the caller's where it has been drained.
  void Hold(absl::Time when, Answer give);

  // Gives every answer that is held, and holds none from now on: a server that ends keeps nobody
  // waiting. Idempotent.
  void Drain();

 private:
  void Run();

  const base::Clock& clock_;
  base::Mutex mutex_;
  base::CondVar changed_;
  std::multimap<absl::Time, Answer> held_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::rpc

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/batch_pool.h"
#include "client/base/secret.h"
#include "server/domain/sessions/validate_session.h"

namespace signet::rpc {

// Asks the database about session tokens for streams, which must not wait: on a thread of its own,
// about all that are asked for meanwhile at once. Thread-safe.
class SessionQuestions {
 public:
  // Called on that thread; `validate` outlives it.
  using Answered = absl::AnyInvocable<void(const domain::SessionJudgement&)>;
  // `told`: called there, too, after the answers of each round trip.
  SessionQuestions(domain::ValidateSession& validate, std::function<void()> told);

  // False: too many wait, and nobody is asked.
  bool Ask(absl::string_view token, absl::string_view audience, absl::Time now, Answered answered);

  // Answers what waits, and takes nothing more. Idempotent.
  void Drain() { pool_.Drain(); }

 private:
  struct Question {
    base::Secret token;
    std::string audience;
    absl::Time now;
    Answered answered;
  };
  void Run(absl::Span<const std::shared_ptr<Question>> questions);

  domain::ValidateSession& validate_;
  const std::function<void()> told_;
  base::BatchPool<std::shared_ptr<Question>> pool_;  // last: its thread uses the others
};

}  // namespace signet::rpc

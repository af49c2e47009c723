#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/abuse/rate_limit.h"

namespace signet::domain {

// Holds callers to the configured rates, over all replicas together. Thread-safe; may wait
// for a moment, so not for threads that must not.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;

  // Takes one token of `whom` (of the whole, in kGlobal). OK, or RATE_LIMITED with the time until
  // there is one again. Never another error: without a database it goes on by itself.
  virtual absl::Status Take(LimitedAction action, LimitScope scope, absl::string_view whom,
                            absl::Time now) = 0;

  // Whether there is a token as far as this process knows; takes none, and does not wait. For what
  // counts only once it has succeeded, because until then `whom` is the caller's claim: strangers
  // must not be able to use up somebody else's tokens. Charge() then takes the token.
  virtual absl::Status Peek(LimitedAction action, LimitScope scope, absl::string_view whom,
                            absl::Time now) = 0;
  // Takes a token, owed where there is none. Does not wait.
  virtual void Charge(LimitedAction action, LimitScope scope, absl::string_view whom,
                      absl::Time now) = 0;
};

}  // namespace signet::domain

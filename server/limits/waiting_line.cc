#include "server/limits/waiting_line.h"

#include <algorithm>

#include "client/base/error.h"

namespace signet::limits {
namespace {

constexpr absl::Duration kRetry = absl::Milliseconds(500);
constexpr absl::Duration kBetweenTwo = absl::Milliseconds(10);

}  // namespace

absl::Duration AskAgainAfter(absl::Duration alone, size_t waiting) {
  return std::max(alone, kBetweenTwo * static_cast<int64_t>(waiting));
}

absl::Status WaitingLine::AwaitTurn(const base::Uuid& subject, absl::Time deadline) {
  const absl::Duration left = deadline - clock_.Now();
  if (left <= absl::ZeroDuration()) {
    return base::Overloaded("others log in to this account at the same time", kRetry);
  }
  base::MutexLock lock(mutex_);
  if (waiting_ >= options_.most) return base::Overloaded("too many logins are waiting", kRetry);
  ++waiting_;
  Line& line = lines_[subject];
  ++line.waiting;
  // Woken for nothing, it asks for nothing: that costs a statement, and no more.
  line.turn.WaitFor(mutex_, std::min(left, AskAgainAfter(options_.ask_again, waiting_)));
  if (--line.waiting == 0) lines_.erase(subject);
  --waiting_;
  return absl::OkStatus();
}

void WaitingLine::Ended(const base::Uuid& subject) {
  base::MutexLock lock(mutex_);
  const auto found = lines_.find(subject);
  if (found != lines_.end()) found->second.turn.NotifyOne();
}

}  // namespace signet::limits

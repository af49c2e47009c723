#include "server/app/wait_for.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace signet::app {
namespace {

constexpr absl::Duration kFirstWait = absl::Milliseconds(100);
constexpr absl::Duration kLongestWait = absl::Seconds(2);

}  // namespace

bool SleepThrough(absl::Duration wait) {
  absl::SleepFor(wait);
  return true;
}

absl::Status WaitFor(const std::function<absl::Status()>& step, const Patience& patience,
                     const base::Clock& clock, observe::Logger& logger, const Pause& pause) {
  absl::Duration wait = kFirstWait;
  while (true) {
    const absl::Status status = step();
    if (!absl::IsUnavailable(status)) return status;
    if (clock.Now() + wait > patience.until) {
      return absl::UnavailableError(absl::StrCat(patience.setting, " is over: ", status.message()));
    }
    if (wait == kFirstWait) {
      logger.Write(observe::LogLevel::kWarning, patience.line,
                   {{observe::log_key::kError, std::string(status.message())}});
    }
    if (!pause(wait)) {
      return absl::CancelledError(absl::StrCat("asked to stop within ", patience.setting));
    }
    wait = std::min(2 * wait, kLongestWait);
  }
}

}  // namespace signet::app

#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

// Signet forgives tokens.leeway (30 s) in tokens, and nothing in the age of revocations. Two
// machines that are this far off in opposite ways are within both.
constexpr absl::Duration kClockWarn = absl::Seconds(1);
constexpr absl::Duration kClockFail = absl::Seconds(5);
constexpr char kClockRunbook[] = "docs/runbooks/clock-skew.md";
constexpr char kTodo[] = "correct the clock that is wrong: chronyc tracking, timedatectl";

void Judge(absl::Duration off, absl::string_view seen, Notes& notes) {
  const absl::Duration size = absl::AbsDuration(off);
  if (size > kClockFail) return notes.Fail(seen, kTodo, kClockRunbook);
  if (size > kClockWarn) return notes.Warn(seen, kTodo, kClockRunbook);
  notes.Ok(seen);
}

}  // namespace

Finding CheckClock(const Deployment& deployment) {
  // The first question makes the connection; the second takes one round trip.
  if (const auto first = deployment.survey->ReadClocks(); !first.ok()) {
    return CannotTell(first.status().message());
  }
  const absl::Time before = deployment.clock->Now();
  const auto clocks = deployment.survey->ReadClocks();
  const absl::Time after = deployment.clock->Now();
  if (!clocks.ok()) return CannotTell(clocks.status().message());

  Notes notes;
  const absl::Duration trip = after - before;
  const absl::Duration off = before + trip / 2 - clocks->now;
  const int64_t millis = absl::ToInt64Milliseconds(absl::AbsDuration(off));
  Judge(off,
        absl::StrCat("this machine is ", millis, " ms ",
                     off < absl::ZeroDuration() ? "behind" : "ahead of", " the database (within ",
                     absl::ToInt64Milliseconds(trip / 2) + 1, " ms; limit ",
                     absl::ToInt64Milliseconds(kClockWarn), " ms)"),
        notes);
  for (const auto& replica : clocks->replicas) {
    // What is behind cannot be told from what is old.
    const absl::Duration ahead = replica.wrote_at - clocks->now;
    if (ahead <= kClockWarn) continue;
    Judge(ahead,
          absl::StrCat(replica.name, " is ", absl::ToInt64Milliseconds(ahead),
                       " ms ahead of the database"),
          notes);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor

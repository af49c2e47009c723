#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::doctor {

// In order of weight.
enum class Verdict {
  kSkipped,  // there is nothing to look at, or it cannot be looked at from here
  kOk,
  kWarn,  // it works now, and will not for long, or not where it matters
  kFail,
};
// "skipped", "ok", "warn", "fail".
absl::string_view VerdictName(Verdict verdict);

// What one check found.
struct Finding {
  std::string check;  // "clock"
  Verdict verdict = Verdict::kSkipped;
  std::string seen;     // for people; no secret
  std::string todo;     // what to do; empty for ok
  std::string runbook;  // "docs/runbooks/keys.md#signetkeydue"; may be empty
  bool untold = false;  // it could not be looked at, because the database does not answer
};

// What a check writes down as it looks: its verdict is the worst of what it noted. Used by one
// thread.
class Notes {
 public:
  void Ok(absl::string_view seen);
  void Warn(absl::string_view seen, absl::string_view todo, absl::string_view runbook = "");
  void Fail(absl::string_view seen, absl::string_view todo, absl::string_view runbook = "");

  // Everything that was noted, the worst first; the runbook is that of the first of the worst.
  Finding Conclude() const;

 private:
  struct Note {
    Verdict verdict;
    std::string seen;
    std::string todo;
    std::string runbook;
  };
  std::vector<Note> notes_;
};

Finding Skipped(absl::string_view why);
// Of a check that could not be done, because the database refuses or does not answer: a failure.
Finding CannotTell(absl::string_view why);
// Where the database itself failed, what could not be told for that reason is no failure of its
// own.
void SkipUntold(std::vector<Finding>& findings);

// 0: nothing is wrong; 1: something is.
enum class Strictness { kFailuresCount, kWarningsCount };
int ExitCodeOf(const std::vector<Finding>& findings, Strictness strictness);

}  // namespace signet::doctor

#include "server/doctor/finding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace signet::doctor {

absl::string_view VerdictName(Verdict verdict) {
  constexpr absl::string_view kNames[] = {"skipped", "ok", "warn", "fail"};
  return kNames[static_cast<size_t>(verdict)];
}

void Notes::Ok(absl::string_view seen) {
  notes_.push_back({Verdict::kOk, std::string(seen), "", ""});
}

void Notes::Warn(absl::string_view seen, absl::string_view todo, absl::string_view runbook) {
  notes_.push_back({Verdict::kWarn, std::string(seen), std::string(todo), std::string(runbook)});
}

void Notes::Fail(absl::string_view seen, absl::string_view todo, absl::string_view runbook) {
  notes_.push_back({Verdict::kFail, std::string(seen), std::string(todo), std::string(runbook)});
}

Finding Notes::Conclude() const {
  std::vector<Note> sorted = notes_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Note& a, const Note& b) { return a.verdict > b.verdict; });
  Finding finding;
  if (sorted.empty()) return Skipped("nothing to look at");
  finding.verdict = sorted.front().verdict;
  finding.runbook = sorted.front().runbook;
  for (const Note& note : sorted) {
    if (!note.seen.empty()) {
      absl::StrAppend(&finding.seen, finding.seen.empty() ? "" : "; ", note.seen);
    }
    if (!note.todo.empty()) {
      absl::StrAppend(&finding.todo, finding.todo.empty() ? "" : "; ", note.todo);
    }
  }
  return finding;
}

Finding Skipped(absl::string_view why) {
  return {.check = "",
          .verdict = Verdict::kSkipped,
          .seen = std::string(why),
          .todo = "",
          .runbook = ""};
}

Finding CannotTell(absl::string_view why) {
  Finding finding;
  finding.verdict = Verdict::kFail;
  finding.seen = absl::StrCat("cannot be told: ", why);
  finding.todo = "see the finding about the database";
  finding.runbook = "docs/runbooks/database.md#signetdatabasefails";
  finding.untold = true;
  return finding;
}

void SkipUntold(std::vector<Finding>& findings) {
  const bool gone = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.check == "database" && finding.verdict == Verdict::kFail;
  });
  if (!gone) return;
  for (Finding& finding : findings) {
    if (finding.untold) finding.verdict = Verdict::kSkipped;
  }
}

int ExitCodeOf(const std::vector<Finding>& findings, Strictness strictness) {
  const Verdict worst = strictness == Strictness::kWarningsCount ? Verdict::kWarn : Verdict::kFail;
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.verdict >= worst; })
             ? 1
             : 0;
}

}  // namespace signet::doctor

#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

constexpr absl::Duration kSealWarn = absl::Minutes(1);
constexpr absl::Duration kSealFail = absl::Minutes(2);  // as the alert SignetAuditSealLate
constexpr char kSealRunbook[] = "docs/runbooks/audit.md#signetauditseallate";

}  // namespace

Finding CheckAudit(const Deployment& deployment) {
  const auto audit = deployment.survey->ReadAudit();
  if (!audit.ok()) return CannotTell(audit.status().message());
  Notes notes;
  if (audit->sealed > 0) {
    notes.Ok(absl::StrCat(
        "checkpoint over ", audit->sealed, " events, ",
        absl::FormatDuration(absl::Trunc(audit->now - audit->sealed_at, absl::Seconds(1))),
        " old"));
  }
  if (!audit->oldest_unsealed) {
    notes.Ok(audit->sealed > 0 ? "nothing waits" : "no event yet");
    return notes.Conclude();
  }
  const absl::Duration waits = audit->now - *audit->oldest_unsealed;
  const std::string seen =
      absl::StrCat("an event waits for its seal for ", absl::ToInt64Seconds(waits), " s");
  constexpr char kTodo[] =
      "start a server: each seals; then look at its log for failures of sealing";
  if (waits > kSealFail) {
    notes.Fail(seen, kTodo, kSealRunbook);
  } else if (waits > kSealWarn) {
    notes.Warn(seen, kTodo, kSealRunbook);
  } else {
    notes.Ok(seen);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor

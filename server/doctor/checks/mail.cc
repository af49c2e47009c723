#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

constexpr absl::Duration kMailWarn = absl::Minutes(15);  // as the alert SignetMailStuck
constexpr absl::Duration kMailFail = absl::Hours(6);

}  // namespace

Finding CheckMail(const Deployment& deployment) {
  if (!deployment.mail_configured) return Skipped("mail.smtp_url is not set: no mail is written");
  const auto mail = deployment.survey->ReadMail();
  if (!mail.ok()) return CannotTell(mail.status().message());
  Notes notes;
  if (mail->given_up > 0) {
    notes.Warn(absl::StrCat(mail->given_up, " given up"),
               "look in the log why; their readers ask again",
               "docs/runbooks/mail.md#signetmailgivenup");
  }
  const absl::Duration waits = mail->oldest ? mail->now - *mail->oldest : absl::ZeroDuration();
  const std::string seen =
      absl::StrCat(mail->waiting, " waiting, the oldest for ", absl::ToInt64Minutes(waits), " min");
  constexpr char kTodo[] =
      "is the mail server reachable and taking mail? Is a server of Signet running?";
  constexpr char kRunbook[] = "docs/runbooks/mail.md#signetmailstuck";
  if (waits > kMailFail) {
    notes.Fail(seen, kTodo, kRunbook);
  } else if (waits > kMailWarn) {
    notes.Warn(seen, kTodo, kRunbook);
  } else {
    notes.Ok(mail->waiting == 0 ? "none waits" : seen);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor

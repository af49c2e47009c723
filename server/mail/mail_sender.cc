#include "server/mail/mail_sender.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"
#include "server/domain/mail/mail_kind.h"

namespace signet::mail {
namespace {

constexpr absl::Duration kLongestPause = absl::Hours(4);

Delivery Hopeless(absl::string_view failure) {
  return {Delivery::Outcome::kRefused, std::string(failure)};
}

double RandomSpread() {
  uint8_t byte = 0;
  base::FillRandom(&byte, 1);
  return static_cast<double>(byte) / 255;
}

}  // namespace

absl::Duration RetryPause(absl::Duration first, int attempt, double spread) {
  absl::Duration pause = first;
  for (int i = 1; i < attempt && pause < kLongestPause; ++i) pause *= 2;
  return std::min(pause, kLongestPause) * (0.8 + 0.4 * spread);
}

absl::StatusOr<bool> MailSender::SendNext(MailTransport& transport) {
  const absl::Time now = clock_.Now();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<domain::ClaimedMail> mail,
                          outbox_.Claim(now, now + options_.lease));
  if (!mail) return false;
  if (mail->row.kind == domain::MailKind::kNobody) {
    SIGNET_RETURN_IF_ERROR(outbox_.Finish(*mail));
    return true;
  }
  SIGNET_RETURN_IF_ERROR(Settle(*mail, Deliver(*mail, transport)));
  return true;
}

Delivery MailSender::Deliver(const domain::ClaimedMail& mail, MailTransport& transport) {
  const domain::MailKindRow* kind = domain::FindMailKind(mail.row.kind);
  // Written by a newer version that runs beside this one: its workers know it.
  if (kind == nullptr) return {Delivery::Outcome::kLater, "a kind that is not known here"};
  const auto opened = sealer_.Open(mail.row);
  if (!opened.ok()) return Hopeless("the row was changed");
  const std::optional<std::string> to = MailboxOf(opened->address);
  if (!to) return Hopeless("an address that no mail server takes");
  Letter letter;
  letter.name =
      absl::StrCat(absl::FormatTime("%Y%m%dT%H%M%E3S", mail.row.created_at, absl::UTCTimeZone()),
                   "-", kind->name, "-", mail.row.id.ToString());
  letter.from = options_.from.address;
  letter.to = *to;
  letter.message = ComposeMessage(options_.from, *to, mail.row.id, mail.row.created_at,
                                  templates_.Render(*opened));
  return transport.Send(letter);
}

absl::Status MailSender::Settle(const domain::ClaimedMail& mail, const Delivery& delivery) {
  const absl::Time now = clock_.Now();
  if (delivery.outcome == Delivery::Outcome::kTaken) {
    observer_.OnSent(mail.row, now - mail.row.created_at);
    return outbox_.Finish(mail);
  }
  const absl::Time next = now + RetryPause(options_.first_retry, mail.attempt, RandomSpread());
  const bool late = next > mail.row.created_at + options_.give_up_after;
  if (delivery.outcome == Delivery::Outcome::kRefused || late) {
    observer_.OnGivenUp(mail, delivery.failure);
    return outbox_.GiveUp(mail, now, delivery.failure);
  }
  observer_.OnFailed(mail, delivery.failure);
  return outbox_.Retry(mail, next, delivery.failure);
}

}  // namespace signet::mail

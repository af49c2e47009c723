#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "server/domain/ports/mail_outbox.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/mail/mail_observer.h"
#include "server/mail/mail_templates.h"
#include "server/mail/mail_transport.h"
#include "server/mail/message.h"

namespace signet::mail {

// The pause after failed attempt number `attempt` (from 1): `first`, doubled each time up to 4
// hours, then spread by `spread` (0 to 1) over 80 to 120 %, so that mails that failed together do
// not come back together.
absl::Duration RetryPause(absl::Duration first, int attempt, double spread);

// Takes one mail at a time from the outbox to the mail server. Thread-safe.
class MailSender {
 public:
  struct Options {
    Sender from;
    // How long a claimed mail is this process's alone: longer than any attempt takes, or another
    // process would send it meanwhile.
    absl::Duration lease = absl::Minutes(2);
    absl::Duration first_retry = absl::Minutes(1);
    absl::Duration give_up_after = absl::Hours(48);  // since the mail was written
  };

  // All outlive it.
  MailSender(Options options, domain::MailOutbox& outbox, const domain::MailSealer& sealer,
             const MailTemplates& templates, const base::Clock& clock, MailObserver& observer)
      : options_(std::move(options)),
        outbox_(outbox),
        sealer_(sealer),
        templates_(templates),
        clock_(clock),
        observer_(observer) {}

  // Claims the next due mail, hands it to `transport` and notes how that ended: sent (the row
  // goes), to be tried again, or given up (the row stays). True: there was one. The status is the
  // outbox's: when it is lost after the server took the mail, the mail is sent a second time once
  // its lease is over.
  //
  // Given up: a refusal for good, give_up_after, an address that no server takes, and a row that
  // does not open (it was changed).
  absl::StatusOr<bool> SendNext(MailTransport& transport);

 private:
  absl::Status Settle(const domain::ClaimedMail& mail, const Delivery& delivery);
  Delivery Deliver(const domain::ClaimedMail& mail, MailTransport& transport);

  const Options options_;
  domain::MailOutbox& outbox_;
  const domain::MailSealer& sealer_;
  const MailTemplates& templates_;
  const base::Clock& clock_;
  MailObserver& observer_;
};

}  // namespace signet::mail

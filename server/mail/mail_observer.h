#pragma once

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/ports/mail_outbox.h"

namespace signet::mail {

// What the room reports. `failure` is a constant of ours, with an SMTP code. Called from the
// workers' threads; thread-safe.
class MailObserver {
 public:
  virtual ~MailObserver() = default;
  // `waited`: since the mail was written.
  virtual void OnSent(const domain::MailRow& /*mail*/, absl::Duration /*waited*/) {}
  // It will be tried again.
  virtual void OnFailed(const domain::ClaimedMail& /*mail*/, absl::string_view /*failure*/) {}
  // It will not; its row stays.
  virtual void OnGivenUp(const domain::ClaimedMail& /*mail*/, absl::string_view /*failure*/) {}
  virtual void OnQueue(const domain::MailQueue& /*queue*/) {}
  // The outbox itself could not be asked.
  virtual void OnOutboxFailure(const absl::Status& /*status*/) {}
};

}  // namespace signet::mail

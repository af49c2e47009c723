#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/mail/outgoing_mail.h"

namespace signet::domain {

// Turns a mail into what the outbox keeps, and back. CPU for microseconds, no I/O. Thread-safe.
//
// How a use case sends mail: describe it (OutgoingMail), Seal() it, and hand the row to the store
// method whose statement has the effect, as one more parameter. There is no other way to send: a
// mail whose effect was rolled back, or an effect whose mail was lost, cannot come about.
class MailSealer {
 public:
  virtual ~MailSealer() = default;

  // Whether mail is sent at all. Where it is not, Seal() makes empty rows.
  virtual bool configured() const = 0;

  // A row with a fresh id, due at once. Its size does not tell a kNobody from another kind when the
  // address has the same length.
  virtual MailRow Seal(const OutgoingMail& mail, absl::Time now) const = 0;

  // For the worker. DATA_LOSS: changed, moved to another row, or sealed under another key.
  virtual absl::StatusOr<OutgoingMail> Open(const MailRow& row) const = 0;
};

// Where mail is not configured: no row is ever written. Immutable.
class NoMail final : public MailSealer {
 public:
  bool configured() const override { return false; }
  MailRow Seal(const OutgoingMail& /*mail*/, absl::Time /*now*/) const override { return {}; }
  absl::StatusOr<OutgoingMail> Open(const MailRow& /*row*/) const override {
    return absl::DataLossError("mail is not configured");
  }
};

}  // namespace signet::domain

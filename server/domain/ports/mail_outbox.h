#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/mail/outgoing_mail.h"

namespace signet::domain {

// A mail that this process may send until its lease is over; then any other may.
struct ClaimedMail {
  MailRow row;
  int32_t attempt = 1;  // counted from 1, this one included
};

struct MailQueue {
  int64_t waiting = 0;               // to be sent, those of nobody included
  std::optional<absl::Time> oldest;  // when the oldest of them was written
  int64_t given_up = 0;              // rows that stay for somebody to look at
};

// Mail that waits to be sent, seen by the workers of every replica. How it gets there: the
// statement that causes it inserts it (MailSealer says how). One statement each;
// STORAGE_UNAVAILABLE or DEADLINE_EXCEEDED as everywhere. Thread-safe.
class MailOutbox {
 public:
  virtual ~MailOutbox() = default;

  // The mail that has been due longest, leased until `lease_until`, or nothing. Two workers never
  // hold one mail at a time; whoever dies with one leaves it to the others when the lease is over.
  virtual absl::StatusOr<std::optional<ClaimedMail>> Claim(absl::Time now,
                                                           absl::Time lease_until) = 0;

  // It is with the mail server: the row goes, its secrets with it. Also when the lease was lost
  // meanwhile: sent is sent.
  virtual absl::Status Finish(const ClaimedMail& mail) = 0;

  // Due again at `due_at`. `failure` is a constant or an SMTP code, never text of a mail. Nothing
  // happens where the lease was lost.
  virtual absl::Status Retry(const ClaimedMail& mail, absl::Time due_at,
                             absl::string_view failure) = 0;

  // Never tried again. The row stays for people to see, without what it sealed.
  virtual absl::Status GiveUp(const ClaimedMail& mail, absl::Time now,
                              absl::string_view failure) = 0;

  virtual absl::StatusOr<MailQueue> Look() = 0;

  // Removes rows that were given up before `before`. Returns how many.
  virtual absl::StatusOr<int64_t> RemoveGivenUp(absl::Time before) = 0;
};

}  // namespace signet::domain

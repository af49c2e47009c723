#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/mail/email_token.h"
#include "server/domain/mail/outgoing_mail.h"

namespace signet::domain {

// A token to be written together with the mail that carries it.
struct NewEmailToken {
  PresentedEmailToken token;
  absl::Time issued_at;
  absl::Time expires_at;
  // An earlier one of the same purpose is superseded if it was issued at this time or before, used
  // or not; else nothing is written: mail to one person has a least distance.
  absl::Time last_issued_by;
  MailRow mail;
};

struct NewEmailChange {
  base::UserId user_id;
  base::SessionId session_id;  // the caller's, which survives the change
  std::string new_email;       // as spelled
  std::string new_canonical;
  std::string old_hash;  // of the token for the present address
  std::string new_hash;  // of the one for the new address
  absl::Time requested_at;
  absl::Time expires_at;
  absl::Time last_requested_by;  // as NewEmailToken::last_issued_by
  MailRow to_old;
  MailRow to_new;  // written only while no account has that address
};

struct PendingEmailChange {
  std::string old_email;
  std::string new_email;
};

enum class EmailChangeStep {
  kRefused,  // the token: unknown, used, superseded, expired, or the account is disabled
  kHalf,     // the other address has to confirm too
  kChanged,
  kTaken,  // another account got the address meanwhile; the change is over
};

// Tokens that were e-mailed, and what they do. Every writing call is one guarded statement, so that
// single use is decided by PostgreSQL alone, and writes its mail and its audit event if and only if
// it did what it says. Every call may fail with STORAGE_UNAVAILABLE or DEADLINE_EXCEEDED.
// Thread-safe.
class EmailTokenStore {
 public:
  virtual ~EmailTokenStore() = default;

  // False: superseded nothing, wrote nothing. The user need not exist: an unknown address costs the
  // same, under an id that nobody has.
  virtual absl::StatusOr<bool> Issue(const NewEmailToken& token, const AuditRecord& audit) = 0;

  // Uses the token; the address of its account is verified from now on. False: refused.
  virtual absl::StatusOr<bool> VerifyEmail(const PresentedEmailToken& token, absl::Time now,
                                           const AuditRecord& audit) = 0;

  // Uses nothing: the e-mail of the active account that a live token belongs to. What a use case
  // asks before it hashes a password for whoever holds the token.
  virtual absl::StatusOr<std::optional<std::string>> FindOwner(const PresentedEmailToken& token,
                                                               absl::Time now) = 0;

  // Uses the token, replaces the password, ends every session with kPasswordChanged and one kUser
  // revocation from `not_before`, spends every other token of the person, forgets the failed logins
  // (what was guessed at is gone) and with them every lock, and counts the address as verified
  // (they read its mail). False: refused.
  virtual absl::StatusOr<bool> ResetPassword(const PresentedEmailToken& token,
                                             absl::string_view new_hash, absl::Time now,
                                             absl::Time not_before,
                                             absl::Time revocation_expires_at, const MailRow& told,
                                             const AuditRecord& audit) = 0;

  // Writes the request, both tokens and the mails, in place of an earlier request. False: an
  // earlier one is too young, or the account is not active.
  virtual absl::StatusOr<bool> RequestEmailChange(const NewEmailChange& change,
                                                  const AuditRecord& audit) = 0;

  // Uses nothing: the request that a live token of kEmailChangeOld or kEmailChangeNew is for.
  virtual absl::StatusOr<std::optional<PendingEmailChange>> FindEmailChange(
      const PresentedEmailToken& token, absl::Time now) = 0;

  // Uses the token. With the second one the account gets its new address, which counts as verified;
  // every session but the requesting one ends with kEmailChanged; tokens that went to the former
  // address are spent; `told` is written.
  virtual absl::StatusOr<EmailChangeStep> ConfirmEmailChange(const PresentedEmailToken& token,
                                                             absl::Time now,
                                                             absl::Time revocation_expires_at,
                                                             const MailRow& told,
                                                             const AuditRecord& audit) = 0;

  // Removes tokens and requests that expired before. Returns how many.
  virtual absl::StatusOr<int64_t> RemoveExpired(absl::Time before) = 0;
};

}  // namespace signet::domain

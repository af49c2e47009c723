#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/accounts/email.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/email_token_store.h"
#include "server/domain/ports/mail_sealer.h"

namespace signet::domain {

struct EmailTokenRules {
  absl::Duration life = absl::Hours(1);
  absl::Duration interval = absl::Minutes(1);  // least distance of two mails of one purpose
};

// Who gets a mail: a person, or nobody in the place of one.
struct Recipient {
  base::UserId user_id;
  std::string address;
  MailKind kind = MailKind::kNobody;
};

// Nobody, for an address that gets no mail. The id is made from the canonical address, so that two
// requests for one unknown address meet in one row, as two for a known one do: whoever measures
// finds no difference.
Recipient Nobody(const Email& typed);

// A fresh token and the mail with its link, sealed.
NewEmailToken MakeMailedToken(const MailSealer& mails, const Recipient& recipient,
                              EmailTokenPurpose purpose, const EmailTokenRules& rules,
                              const CallInfo& call);

// FAILED_PRECONDITION (MAIL_NOT_CONFIGURED) where no mail is sent: better than an OK that promises
// one. It depends on the configuration alone.
absl::Status RequireMail(const MailSealer& mails);

// UNAUTHENTICATED (EMAIL_TOKEN_INVALID): one answer for malformed, unknown, used, superseded and
// expired tokens, those of another purpose, and those of disabled accounts.
absl::Status EmailTokenInvalid();
// The same, once the refusal stands in the audit log; its subject is known only where the token was
// real, so the event names nobody.
absl::Status RefuseEmailToken(AuditTrail& audit, AuditEvent event);

// A mail about something that was done, without a link. `kind` has the detail network_address.
OutgoingMail Notice(MailKind kind, base::UserId user, std::string address, const CallInfo& call);

}  // namespace signet::domain

#pragma once

#include <string>

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "client/base/secret.h"

namespace signet::domain {

// What a mail is about: each has a template (server/mail/templates/<name>.txt and .html) that may
// use the details named beside it, and {{email}}, {{time}} and {{service}} always. Values are in
// the database. A new kind is a value here, a row in mail_kind.cc and two template files.
enum class MailKind {
  // To nobody. A statement that must cost the same whether or not an account exists writes one for
  // an address without an account; the worker removes it without a word.
  kNobody = 0,
  kWelcome = 1,           // to a new account: link (token) to verify the address
  kVerifyEmail = 2,       // the same link again, asked for: link (token)
  kPasswordReset = 3,     // link (token), network_address
  kEmailChangeNew = 4,    // to the new address: link (token), new_email
  kEmailChangeOld = 5,    // to the present address: link (token), new_email, network_address
  kEmailChanged = 6,      // to the former address, once it has changed: new_email
  kPasswordChanged = 7,   // network_address
  kNewDevice = 8,         // a login from a device not seen before: device, network_address
  kAccountLocked = 9,     // until, network_address (of the last failure)
  kMfaChanged = 10,       // change, network_address
  kRegisterAttempt = 11,  // somebody registered with an address that has an account
};

// One mail to one person, as a use case describes it. No subject, no text, no URL: templates have
// those, and links are made from the configuration alone, never from what a request said.
struct OutgoingMail {
  MailKind kind = MailKind::kNobody;
  base::UserId user_id;
  // The recipient, as the person spelled the address (LoginRecord::email, Email::display).
  std::string address;
  // When it happened; {{time}}, shown in UTC.
  absl::Time at;
  // The e-mailed token (`sge_…`) that the link carries; empty where the kind has no link.
  base::Secret token;

  // Details; those that the kind does not name stay empty. At most 512 bytes each. They come from
  // people, so templates escape them; they are never part of a header.
  std::string network_address;  // {{network_address}}: CallInfo::peer.address
  std::string device;           // {{device}}: what the person calls it, else its user agent
  std::string new_email;        // {{new_email}}
  std::string change;           // {{change}}: a constant of ours, e.g. "TOTP was switched on"
  absl::Time until;             // {{until}}, shown in UTC; with a link: when its token expires
};

// A mail as the outbox keeps it: bound as ONE parameter (server/storage/postgres/mail_row.h) and
// inserted by the statement that causes it, so that the mail exists exactly when the effect does.
// Made by MailSealer::Seal alone. An empty row (the default) writes no mail: what a sealer makes
// where mail is not configured, and what a call passes that has none.
struct MailRow {
  base::UserId user_id;  // for kNobody: of nobody
  base::Uuid id;         // version 7; the Message-ID, the same for every attempt. Nil: no mail
  MailKind kind = MailKind::kNobody;
  std::string sealed;  // address, details and token; AES-GCM, bound to user, id and kind
  absl::Time created_at;
  absl::Time due_at;  // not sent before

  bool empty() const { return id.is_nil(); }
};

}  // namespace signet::domain

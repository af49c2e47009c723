#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/mail/mail_templates.h"

namespace signet::mail {

// The address as mail servers take it: the name as it was spelled, the domain in ASCII (IDNA).
// Where the name is not ASCII either, the server has to know SMTPUTF8 (RFC 6531). Nothing for an
// address that no command and no header can hold as it is: quotes, angle brackets, commas and the
// like, which RFC 5321 would want quoted and no provider gives out.
std::optional<std::string> MailboxOf(absl::string_view address);

struct Sender {
  std::string address;  // MailboxOf() of the configured one
  std::string name;     // what people see; UTF-8
};

// The whole message (RFC 5322, RFC 2045 to 2047): text and HTML as multipart/alternative in
// quoted-printable, CRLF line ends, no line over 78 characters. The same row makes the same bytes
// each time: `id` is its Message-ID and `written_at` its Date, so that receivers can tell a mail
// that came twice. `to` is a MailboxOf().
std::string ComposeMessage(const Sender& from, absl::string_view to, const base::Uuid& id,
                           absl::Time written_at, const RenderedMail& mail);

// Encoded words (RFC 2047) where the text is not short, printable ASCII; controls are left out.
std::string HeaderText(absl::string_view text);

// Quoted-printable (RFC 2045 section 6.7) with CRLF line ends.
std::string QuotedPrintable(absl::string_view text);

}  // namespace signet::mail

#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/domain/mail/outgoing_mail.h"

namespace signet::domain {

// What every part of the service has to know of a kind of mail.
struct MailKindRow {
  MailKind kind;
  absl::string_view name;       // of its templates and in logs: "password-reset"
  absl::string_view link_path;  // below mail.link_base, e.g. "/reset-password"; empty: has no link
  // Space-separated details that its templates may use beyond {{email}}, {{time}}, {{service}} and,
  // where there is a link, {{link}} and {{until}}.
  absl::string_view details;
};

// Every kind that is sent, so all but kNobody, in the order of their values.
absl::Span<const MailKindRow> MailKinds();

// Nothing for kNobody and for a value of a newer version of the service.
const MailKindRow* FindMailKind(MailKind kind);

}  // namespace signet::domain

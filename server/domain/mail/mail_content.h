#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/mail/outgoing_mail.h"

namespace signet::domain {

// What a mail row holds sealed: everything of an OutgoingMail but kind and user id, which stand
// beside it. A list of fields (tag (1) | length (4, big-endian) | bytes); empty ones are left out.
base::Secret EncodeMailContent(const OutgoingMail& mail);

// Fills all but kind and user_id. Nothing for bytes that are no such list; a field with an unknown
// tag (of a newer version that runs beside this one) is passed over.
std::optional<OutgoingMail> DecodeMailContent(absl::string_view bytes);

}  // namespace signet::domain

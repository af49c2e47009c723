#pragma once

#include <string>

#include "server/domain/mail/outgoing_mail.h"

namespace signet::storage {

// A mail as ONE parameter of a statement: the literal of the composite type signet.mail_row, for
// Params::Add(). An empty row is a row of NULLs, which writes nothing.
//
// In a statement, a data-modifying part that reads the effect (`s` below), so that the mail is
// written exactly when the effect is; such a part runs although nothing reads it:
//
//   , mailed AS (
//     INSERT INTO signet.mail_outbox
//     SELECT ($15::signet.mail_row).* FROM s WHERE ($15::signet.mail_row).id IS NOT NULL
//   )
//
// `s` must have one row at most. In a PL/pgSQL function, with p_mail signet.mail_row:
//
//   INSERT INTO signet.mail_outbox SELECT p_mail.* WHERE p_mail.id IS NOT NULL;
std::string MailRowText(const domain::MailRow& mail);

}  // namespace signet::storage

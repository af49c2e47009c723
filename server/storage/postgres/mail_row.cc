#include "server/storage/postgres/mail_row.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/storage/postgres/statement.h"

namespace signet::storage {

std::string MailRowText(const domain::MailRow& mail) {
  if (mail.empty()) return "(,,,,,)";
  // No value holds a quote; within quotes a backslash is written twice.
  return absl::StrCat("(", mail.user_id.ToString(), ",", mail.id.ToString(), ",",
                      static_cast<int>(mail.kind), ",\"\\\\x", absl::BytesToHexString(mail.sealed),
                      "\",\"", TimestampText(mail.created_at), "\",\"", TimestampText(mail.due_at),
                      "\")");
}

}  // namespace signet::storage

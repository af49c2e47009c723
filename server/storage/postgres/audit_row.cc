#include "server/storage/postgres/audit_row.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/storage/postgres/statement.h"

namespace signet::storage {
namespace {

// Nothing between two commas is NULL.
std::string IdText(const base::Uuid& id) { return id.is_nil() ? "" : id.ToString(); }

// In a row's literal a backslash is doubled.
std::string BytesText(const std::string& bytes) {
  return absl::StrCat("\\\\x", absl::BytesToHexString(bytes));
}

}  // namespace

std::string AuditRowText(const domain::AuditRecord& record) {
  const domain::AuditEvent& event = record.event;
  return absl::StrCat(
      "(", event.id.ToString(), ",\"", TimestampText(event.at), "\",",
      static_cast<int32_t>(event.action), ",", static_cast<int32_t>(event.outcome), ",",
      IdText(event.actor.id), ",", event.subject ? IdText(event.subject->uuid()) : "", ",",
      event.session ? IdText(event.session->uuid()) : "", ",", BytesText(record.content), ",",
      BytesText(record.leaf_hash), ",", event.person().ToString(), ",",
      record.sealed_personal.empty() ? "" : BytesText(record.sealed_personal), ")");
}

}  // namespace signet::storage

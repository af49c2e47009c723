#include "server/storage/postgres/stores/audit_store_pg.h"

#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// The rows may have personal parts, which the function knows to write.
constexpr ServiceStatement kAppendAudit{
    "append_audit", "SELECT signet.append_audit(r) FROM unnest($1::signet.audit_row[]) AS r"};

}  // namespace

absl::Status AuditStorePg::AppendAll(absl::Span<const domain::AuditRecord> records) {
  ArrayText rows;
  for (const domain::AuditRecord& record : records) rows.Append(AuditRowText(record));
  return pool_.Execute(kAppendAudit, Params().Add(rows.Take())).status();
}

}  // namespace signet::storage

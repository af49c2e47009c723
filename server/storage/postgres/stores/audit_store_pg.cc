#include "server/storage/postgres/stores/audit_store_pg.h"

#include "server/storage/postgres/audit_row.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

constexpr ServiceStatement kAppend{"append_audit", "SELECT signet.append_audit($1)"};

}  // namespace

absl::Status AuditStorePg::Append(const domain::AuditRecord& record) {
  return pool_.Execute(kAppend, Params().Add(AuditRowText(record))).status();
}

}  // namespace signet::storage

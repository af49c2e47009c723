#pragma once

#include <string>

#include <signet/v1/audit_service.pb.h>

#include "absl/status/statusor.h"
#include "server/domain/audit/read_audit.h"

namespace signet::rpc {

// A query as it was asked. `list` stands for the filter in page tokens: another filter has another
// one.
struct AuditQuery {
  domain::AuditFilter filter;
  int page_size = 0;
  std::string list;
};
absl::StatusOr<AuditQuery> ToAuditQuery(const v1::QueryEventsRequest& request);

// page_size of an export. FIELD_INVALID for either field.
absl::StatusOr<int> CheckExport(const v1::ExportEventsRequest& request);

void FromContent(const audit::EventContent& content, std::optional<int64_t> leaf_index,
                 v1::AuditEvent& out);
void FromView(const domain::AuditView& view, v1::AuditEvent& out);
void FromLeaf(const domain::StoredAuditLeaf& leaf, v1::ExportEventsResponse::Entry& out);

}  // namespace signet::rpc

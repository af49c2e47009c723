#include "server/rpc/services/audit_service.h"

#include <algorithm>
#include <optional>

#include "client/base/status_macros.h"
#include "server/rpc/convert/audit_messages.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

constexpr int kMaxCheckpoints = 1000;

absl::Status QueryEvents(domain::ReadAudit& audit, const PageTokens& page_tokens, const Call& call,
                         const v1::QueryEventsRequest& request, v1::QueryEventsResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const AuditQuery query, ToAuditQuery(request));
  SIGNET_ASSIGN_OR_RETURN(const std::string last,
                          page_tokens.Decode(request.page_token(), query.list));
  const auto before = domain::AuditEventId::FromBytes(last);
  // One more than the page tells whether there is another.
  SIGNET_ASSIGN_OR_RETURN(const auto found, audit.Query(*call.caller, query.filter, before,
                                                        query.page_size + 1, call.info));
  const size_t shown = std::min(found.size(), static_cast<size_t>(query.page_size));
  for (size_t i = 0; i < shown; ++i) FromView(found[i], *response.add_events());
  if (found.size() > shown) {
    response.set_next_page_token(
        page_tokens.Encode(query.list, found[shown - 1].content.id.bytes()));
  }
  return absl::OkStatus();
}

absl::Status ExportEvents(domain::ReadAudit& audit, const Call& call,
                          const v1::ExportEventsRequest& request,
                          v1::ExportEventsResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const int page_size, CheckExport(request));
  SIGNET_ASSIGN_OR_RETURN(const auto exported,
                          audit.Export(*call.caller, request.from_leaf(), page_size, call.info));
  for (const auto& leaf : exported.leaves) FromLeaf(leaf, *response.add_entries());
  response.set_next_leaf(exported.next);
  response.set_size(exported.size);
  return absl::OkStatus();
}

absl::Status GetCheckpoint(domain::ReadAudit& audit, const std::string& key,
                           const v1::GetCheckpointRequest& request,
                           v1::GetCheckpointResponse& response) {
  std::optional<int64_t> after;
  if (request.has_after_size()) after = request.after_size();
  if (after && *after < 0) return base::FieldError("after_size", "is negative");
  SIGNET_ASSIGN_OR_RETURN(const auto checkpoints, audit.Checkpoints(after, kMaxCheckpoints));
  for (const auto& checkpoint : checkpoints) response.add_notes(checkpoint.note);
  response.set_key(key);
  SIGNET_ASSIGN_OR_RETURN(const auto retired, audit.Retired());
  if (retired) {
    response.set_retired_note(retired->note);
    response.set_retired_edge(retired->edge);
  }
  return absl::OkStatus();
}

absl::Status GetInclusionProof(domain::ReadAudit& audit,
                               const v1::GetInclusionProofRequest& request,
                               v1::GetInclusionProofResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto id,
                          ParseId<domain::AuditEventId>("event_id", request.event_id()));
  SIGNET_ASSIGN_OR_RETURN(const auto proof, audit.Prove(id));
  response.set_leaf_index(proof.leaf_index);
  for (const auto& hash : proof.hashes) response.add_hashes(hash);
  response.set_note(proof.note);
  return absl::OkStatus();
}

}  // namespace

std::string AuditService::full_name() const { return "signet.v1.AuditService"; }

void AuditService::Register(MethodRegistry& registry) {
  registry.Add("signet.v1.AuditService/QueryEvents",
               TypedHandler<v1::QueryEventsRequest, v1::QueryEventsResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return QueryEvents(audit_, page_tokens_, call, request, response);
                   }));
  registry.Add("signet.v1.AuditService/ExportEvents",
               TypedHandler<v1::ExportEventsRequest, v1::ExportEventsResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return ExportEvents(audit_, call, request, response);
                   }));
  registry.Add("signet.v1.AuditService/GetCheckpoint",
               TypedHandler<v1::GetCheckpointRequest, v1::GetCheckpointResponse>(
                   [this](const Call&, const auto& request, auto& response) {
                     return GetCheckpoint(audit_, key_, request, response);
                   }));
  registry.Add("signet.v1.AuditService/GetInclusionProof",
               TypedHandler<v1::GetInclusionProofRequest, v1::GetInclusionProofResponse>(
                   [this](const Call&, const auto& request, auto& response) {
                     return GetInclusionProof(audit_, request, response);
                   }));
}

}  // namespace signet::rpc

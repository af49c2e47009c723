#include "server/rpc/convert/audit_messages.h"

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxAction = 64;

std::string IdText(const base::Uuid& id) { return id.is_nil() ? "" : id.ToString(); }

template <typename Id>
absl::Status ReadId(absl::string_view field, const std::string& text, std::optional<Id>& out) {
  if (text.empty()) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(out, ParseId<Id>(field, text));
  return absl::OkStatus();
}

absl::Status ReadTimes(const v1::QueryEventsRequest& request, domain::AuditFilter& filter) {
  if (request.has_start_time()) {
    SIGNET_ASSIGN_OR_RETURN(filter.from, ToTime("start_time", request.start_time()));
  }
  if (request.has_end_time()) {
    SIGNET_ASSIGN_OR_RETURN(filter.until, ToTime("end_time", request.end_time()));
  }
  if (filter.until < filter.from) return base::FieldError("end_time", "is before start_time");
  return absl::OkStatus();
}

std::string ListOf(v1::QueryEventsRequest request) {
  request.clear_page_token();
  request.clear_page_size();
  return absl::StrCat("events ", request.SerializeAsString());
}

}  // namespace

absl::StatusOr<AuditQuery> ToAuditQuery(const v1::QueryEventsRequest& request) {
  AuditQuery query;
  domain::AuditFilter& filter = query.filter;
  SIGNET_RETURN_IF_ERROR(ReadTimes(request, filter));
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii("action", request.action(), 0, kMaxAction));
  if (!request.action().empty()) {
    filter.action = domain::AuditActionByName(request.action());
    if (!filter.action) return base::FieldError("action", "is not the name of an action");
  }
  if (!v1::AuditOutcome_IsValid(request.outcome())) {
    return base::FieldError("outcome", "is not known");
  }
  if (request.outcome() != v1::AUDIT_OUTCOME_UNSPECIFIED) {
    filter.outcome = static_cast<domain::AuditOutcome>(request.outcome());
  }
  std::optional<base::UserId> actor;
  SIGNET_RETURN_IF_ERROR(ReadId("actor_id", request.actor_id(), actor));
  if (actor) filter.actor = actor->uuid();
  SIGNET_RETURN_IF_ERROR(ReadId("subject_id", request.subject_id(), filter.subject));
  SIGNET_RETURN_IF_ERROR(ReadId("session_id", request.session_id(), filter.session));
  SIGNET_ASSIGN_OR_RETURN(query.page_size, ToPageSize(request.page_size()));
  query.list = ListOf(request);
  return query;
}

absl::StatusOr<int> CheckExport(const v1::ExportEventsRequest& request) {
  if (request.from_leaf() < 0) return base::FieldError("from_leaf", "is negative");
  return ToPageSize(request.page_size(), kMaxPage);
}

void FromContent(const audit::EventContent& content, std::optional<int64_t> leaf_index,
                 v1::AuditEvent& out) {
  out.set_event_id(content.id.ToString());
  SetTimestamp(content.at, *out.mutable_time());
  out.set_action(content.action);
  out.set_outcome(static_cast<v1::AuditOutcome>(content.outcome));
  out.set_reason(content.reason);
  out.set_actor_kind(static_cast<v1::AuditActorKind>(content.actor_kind));
  out.set_actor_id(IdText(content.actor));
  out.set_subject_id(IdText(content.subject));
  out.set_session_id(IdText(content.session));
  out.set_target(content.target);
  out.set_request_id(content.request_id);
  out.set_trace_id(content.trace_id);
  out.set_leaf_index(leaf_index.value_or(-1));
}

void FromView(const domain::AuditView& view, v1::AuditEvent& out) {
  FromContent(view.content, view.leaf_index, out);
  out.set_address(view.personal.address);
  out.set_user_agent(view.personal.user_agent);
  out.set_identifier(view.personal.identifier);
}

void FromLeaf(const domain::StoredAuditLeaf& leaf, v1::ExportEventsResponse::Entry& out) {
  out.set_leaf_hash(leaf.leaf_hash);
  out.mutable_event()->set_leaf_index(leaf.index);
  if (!leaf.event) return;
  out.set_content(leaf.event->content);
  const auto content = audit::DecodeEvent(leaf.event->content);
  if (content) FromContent(*content, leaf.index, *out.mutable_event());
}

}  // namespace signet::rpc

#include "server/rpc/convert/session_messages.h"

#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

v1::SessionEndReason ToProto(domain::EndReason reason) {
  switch (reason) {
    case domain::EndReason::kLogout:
      return v1::SESSION_END_REASON_LOGOUT;
    case domain::EndReason::kLogoutAll:
      return v1::SESSION_END_REASON_LOGOUT_ALL;
    case domain::EndReason::kTerminated:
      return v1::SESSION_END_REASON_TERMINATED;
    case domain::EndReason::kReuse:
      return v1::SESSION_END_REASON_REFRESH_TOKEN_REUSE;
    case domain::EndReason::kPasswordChanged:
      return v1::SESSION_END_REASON_PASSWORD_CHANGED;
    case domain::EndReason::kRevoked:
      return v1::SESSION_END_REASON_REVOKED;
    case domain::EndReason::kAccountDisabled:
      return v1::SESSION_END_REASON_ACCOUNT_DISABLED;
    case domain::EndReason::kAccountDeleted:
      return v1::SESSION_END_REASON_ACCOUNT_DELETED;
    case domain::EndReason::kEmailChanged:
      return v1::SESSION_END_REASON_EMAIL_CHANGED;
    case domain::EndReason::kFactorChanged:
      return v1::SESSION_END_REASON_FACTOR_CHANGED;
  }
  return v1::SESSION_END_REASON_UNSPECIFIED;
}

v1::GetLineageResponse::Event::Kind ToProto(domain::LineageEventKind kind) {
  using Event = v1::GetLineageResponse::Event;
  switch (kind) {
    case domain::LineageEventKind::kOpened:
      return Event::KIND_OPENED;
    case domain::LineageEventKind::kRotated:
      return Event::KIND_ROTATED;
    case domain::LineageEventKind::kReplayed:
      return Event::KIND_REPLAYED;
    case domain::LineageEventKind::kReused:
      return Event::KIND_REUSED;
    case domain::LineageEventKind::kEnded:
      return Event::KIND_ENDED;
  }
  return Event::KIND_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<SessionListing> ToSessionListing(const v1::ListSessionsRequest& request) {
  SessionListing listing;
  if (!request.user_id().empty()) {
    SIGNET_ASSIGN_OR_RETURN(listing.user, ParseId<base::UserId>("user_id", request.user_id()));
  }
  SIGNET_ASSIGN_OR_RETURN(listing.page_size, ToPageSize(request.page_size()));
  return listing;
}

absl::StatusOr<base::SessionId> ToSessionId(absl::string_view session_id) {
  return ParseId<base::SessionId>("session_id", session_id);
}

void FromSession(const domain::SessionSummary& session, base::SessionId current, v1::Session& out) {
  out.set_session_id(session.session_id.ToString());
  out.set_client_id(session.client_id);
  out.set_device_name(session.device_name);
  out.set_address(session.peer.address);
  out.set_user_agent(session.peer.user_agent);
  SetTimestamp(session.created_at, *out.mutable_create_time());
  SetTimestamp(session.last_used_at, *out.mutable_last_use_time());
  SetTimestamp(session.expires_at, *out.mutable_expire_time());
  if (session.ended_at) SetTimestamp(*session.ended_at, *out.mutable_end_time());
  if (session.end_reason) out.set_end_reason(ToProto(*session.end_reason));
  out.set_current(session.session_id == current);
  out.set_kind(session.kind == domain::SessionKind::kSessionToken ? v1::SESSION_KIND_SESSION_TOKEN
                                                                  : v1::SESSION_KIND_TOKENS);
}

void FromLineage(const domain::LineageHistory& lineage, base::SessionId current,
                 v1::GetLineageResponse& out) {
  FromSession(lineage.session, current, *out.mutable_session());
  out.set_user_id(lineage.user_id.ToString());
  out.set_generation(lineage.generation);
  for (const domain::LineageEvent& event : lineage.events) {
    auto* to = out.add_events();
    to->set_kind(ToProto(event.kind));
    to->set_generation(event.generation);
    SetTimestamp(event.at, *to->mutable_time());
    to->set_address(event.peer.address);
    to->set_user_agent(event.peer.user_agent);
  }
}

}  // namespace signet::rpc

#include "server/rpc/services/session_service.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/session_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status ListSessions(domain::Sessions& sessions, const PageTokens& page_tokens,
                          const Call& call, const v1::ListSessionsRequest& request,
                          v1::ListSessionsResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const SessionListing listing, ToSessionListing(request));
  const base::UserId user = listing.user.value_or(call.caller->user_id());
  const std::string list = absl::StrCat("sessions of ", user.ToString());
  SIGNET_ASSIGN_OR_RETURN(const std::string last, page_tokens.Decode(request.page_token(), list));
  const auto after = base::SessionId::FromBytes(last);
  // One more than the page tells whether there is another.
  SIGNET_ASSIGN_OR_RETURN(const auto found, sessions.List(*call.caller, listing.user, after,
                                                          listing.page_size + 1, call.info));
  const size_t shown = std::min(found.size(), static_cast<size_t>(listing.page_size));
  for (size_t i = 0; i < shown; ++i) {
    FromSession(found[i], call.caller->session_id(), *response.add_sessions());
  }
  if (found.size() > shown) {
    response.set_next_page_token(page_tokens.Encode(list, found[shown - 1].session_id.bytes()));
  }
  return absl::OkStatus();
}

absl::Status TerminateSession(domain::Sessions& sessions, const Call& call,
                              const v1::TerminateSessionRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto session, ToSessionId(request.session_id()));
  return sessions.Terminate(*call.caller, session, call.info);
}

absl::Status GetLineage(domain::Sessions& sessions, const Call& call,
                        const v1::GetLineageRequest& request, v1::GetLineageResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto session, ToSessionId(request.session_id()));
  SIGNET_ASSIGN_OR_RETURN(const auto lineage, sessions.Lineage(*call.caller, session, call.info));
  FromLineage(lineage, call.caller->session_id(), response);
  return absl::OkStatus();
}

}  // namespace

std::string SessionService::full_name() const { return "signet.v1.SessionService"; }

void SessionService::Register(MethodRegistry& registry) {
  registry.Add("signet.v1.SessionService/ListSessions",
               TypedHandler<v1::ListSessionsRequest, v1::ListSessionsResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return ListSessions(sessions_, page_tokens_, call, request, response);
                   }));
  registry.Add("signet.v1.SessionService/TerminateSession",
               TypedHandler<v1::TerminateSessionRequest, v1::TerminateSessionResponse>(
                   [this](const Call& call, const auto& request, auto&) {
                     return TerminateSession(sessions_, call, request);
                   }));
  registry.Add("signet.v1.SessionService/GetLineage",
               TypedHandler<v1::GetLineageRequest, v1::GetLineageResponse>(
                   [this](const Call& call, const auto& request, auto& response) {
                     return GetLineage(sessions_, call, request, response);
                   }));
}

}  // namespace signet::rpc

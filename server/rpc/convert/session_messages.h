#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "server/domain/sessions/lineage.h"
#include "server/domain/sessions/session.h"
#include "signet/v1/session_service.pb.h"

namespace signet::rpc {

// Messages of SessionService.

struct SessionListing {
  std::optional<base::UserId> user;  // nothing: the caller
  int page_size = 0;                 // 1 to 1,000
};
// The validation table of ListSessions, its page_token excepted (see PageTokens).
absl::StatusOr<SessionListing> ToSessionListing(const v1::ListSessionsRequest& request);

// `session_id` of both requests: required, a UUID.
absl::StatusOr<base::SessionId> ToSessionId(absl::string_view session_id);

// `current`: the session of the access token that asks.
void FromSession(const domain::SessionSummary& session, base::SessionId current, v1::Session& out);
void FromLineage(const domain::LineageHistory& lineage, base::SessionId current,
                 v1::GetLineageResponse& out);

}  // namespace signet::rpc

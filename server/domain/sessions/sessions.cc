#include "server/domain/sessions/sessions.h"

#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/permissions.h"

namespace signet::domain {
namespace {

absl::Status SessionUnknown() {
  return base::MakeError(absl::StatusCode::kNotFound, "SESSION_UNKNOWN",
                         "there is no such session");
}

}  // namespace

absl::StatusOr<std::vector<SessionSummary>> Sessions::List(const Caller& caller,
                                                           std::optional<base::UserId> user,
                                                           std::optional<base::SessionId> after,
                                                           int limit, const CallInfo& call) {
  if (user && *user != caller.user_id()) {
    SIGNET_RETURN_IF_ERROR(caller.Require(kPermissionSessionsManage));
  }
  return sessions_.List(user.value_or(caller.user_id()), after, limit, call.now);
}

absl::Status Sessions::Terminate(const Caller& caller, base::SessionId session,
                                 const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const LineageHistory lineage, Lineage(caller, session, call));
  SIGNET_ASSIGN_OR_RETURN(
      const bool ended,
      sessions_.End(lineage.user_id, session, EndReason::kTerminated, call.peer, call.now,
                    lifetimes_.RevocationExpiry(call.now), std::nullopt));
  return ended ? absl::OkStatus() : SessionUnknown();
}

absl::StatusOr<LineageHistory> Sessions::Lineage(const Caller& caller, base::SessionId session,
                                                 const CallInfo&) {
  std::optional<base::UserId> owner = caller.user_id();
  if (caller.Has(kPermissionSessionsManage)) owner = std::nullopt;
  SIGNET_ASSIGN_OR_RETURN(std::optional<LineageHistory> history, sessions_.History(owner, session));
  if (!history) return SessionUnknown();
  return *std::move(history);
}

}  // namespace signet::domain

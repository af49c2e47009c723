#include "server/domain/sessions/sessions.h"

#include <algorithm>
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

// Whose sessions a caller may look at: nothing stands for everybody's.
std::optional<base::UserId> Reach(const Caller& caller) {
  if (caller.Has(kPermissionSessionsManage)) return std::nullopt;
  return caller.user_id();
}

// A live session ends when it has been idle for too long, whatever its end is.
void CapAtIdle(const TokenLifetimes& lifetimes, SessionSummary& session) {
  const bool opaque = session.kind == SessionKind::kSessionToken;
  session.expires_at =
      std::min(session.expires_at,
               session.last_used_at + (opaque ? lifetimes.session_idle : lifetimes.idle));
}

}  // namespace

absl::StatusOr<std::vector<SessionSummary>> Sessions::List(const Caller& caller,
                                                           std::optional<base::UserId> user,
                                                           std::optional<base::SessionId> after,
                                                           int limit, const CallInfo& call) {
  if (user && *user != caller.user_id()) {
    SIGNET_RETURN_IF_ERROR(caller.Require(kPermissionSessionsManage));
  }
  SIGNET_ASSIGN_OR_RETURN(std::vector<SessionSummary> live,
                          sessions_.List(user.value_or(caller.user_id()), after, limit, call.now,
                                         lifetimes_.IdleSessionsAt(call.now)));
  for (SessionSummary& session : live) CapAtIdle(lifetimes_, session);
  return live;
}

absl::Status Sessions::Terminate(const Caller& caller, base::SessionId session,
                                 const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<LineageHistory> lineage,
                          sessions_.History(Reach(caller), session));
  AuditEvent event = AuditEventOf(AuditAction::kTerminateSession, caller, call);
  event.session = session;
  if (!lineage) {
    // Whose it is, if anybody's, was not to be seen.
    event.subject = std::nullopt;
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "SESSION_UNKNOWN"));
    return SessionUnknown();
  }
  event.subject = lineage->user_id;
  SIGNET_ASSIGN_OR_RETURN(
      const bool ended,
      sessions_.End(lineage->user_id, session, EndReason::kTerminated, call.peer, call.now,
                    lifetimes_.RevocationExpiry(call.now), std::nullopt, audit_.Record(event)));
  if (ended) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "SESSION_ENDED"));
  return SessionUnknown();
}

absl::StatusOr<LineageHistory> Sessions::Lineage(const Caller& caller, base::SessionId session,
                                                 const CallInfo&) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<LineageHistory> history,
                          sessions_.History(Reach(caller), session));
  if (!history) return SessionUnknown();
  if (!history->session.ended_at) CapAtIdle(lifetimes_, history->session);
  return *std::move(history);
}

}  // namespace signet::domain

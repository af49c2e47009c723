#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/session_store.h"
#include "server/domain/sessions/lineage.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// Looking at and ending sessions. People reach their own; kPermissionSessionsManage reaches
// everybody's. What a caller may not see is SESSION_UNKNOWN, as if it were not there. Thread-safe.
class Sessions {
 public:
  Sessions(SessionStore& sessions, AuditTrail& audit, const TokenLifetimes& lifetimes)
      : sessions_(sessions), audit_(audit), lifetimes_(lifetimes) {}

  // Live sessions of `user` (nothing: the caller), newest first, after `after`, at most `limit`.
  // PERMISSION_MISSING for another's without the permission.
  absl::StatusOr<std::vector<SessionSummary>> List(const Caller& caller,
                                                   std::optional<base::UserId> user,
                                                   std::optional<base::SessionId> after, int limit,
                                                   const CallInfo& call);

  absl::Status Terminate(const Caller& caller, base::SessionId session, const CallInfo& call);

  // One session, live or ended, and how it came to be what it is.
  absl::StatusOr<LineageHistory> Lineage(const Caller& caller, base::SessionId session,
                                         const CallInfo& call);

 private:
  SessionStore& sessions_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

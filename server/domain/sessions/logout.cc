#include "server/domain/sessions/logout.h"

#include <utility>

#include "absl/time/time.h"

namespace signet::domain {

absl::Status Logout::Run(const Caller& caller, const CallInfo& call) {
  return sessions_
      .End(caller.user_id(), caller.session_id(), EndReason::kLogout, call.peer, call.now,
           lifetimes_.RevocationExpiry(call.now), std::nullopt,
           audit_.Record(AuditEventOf(AuditAction::kLogout, caller, call)))
      .status();
}

absl::StatusOr<int64_t> Logout::RunAll(const Caller& caller, const CallInfo& call) {
  // `iat` has whole seconds: the next full second refuses every token issued up to now, and a
  // login within this second gets an `iat` of that next second (IssueAccessToken).
  const absl::Time not_before = absl::FromUnixSeconds(absl::ToUnixSeconds(call.now) + 1);
  AuditEvent event = AuditEventOf(AuditAction::kLogoutAll, caller, call);
  return sessions_.EndAll(caller.user_id(), EndReason::kLogoutAll, call.now, not_before,
                          lifetimes_.RevocationExpiry(call.now), audit_.Record(std::move(event)));
}

}  // namespace signet::domain

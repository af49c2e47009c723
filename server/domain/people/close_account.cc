#include "server/domain/people/close_account.h"

#include <utility>

#include "absl/time/time.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/people/read_users.h"
#include "server/domain/permissions.h"

namespace signet::domain {

UserStore::Closing ClosingOf(AccountStatus status, EndReason reason,
                             const TokenLifetimes& lifetimes, absl::Time now) {
  UserStore::Closing closing;
  closing.status = status;
  closing.reason = reason;
  closing.now = now;
  // `iat` has whole seconds: the next full one refuses every token issued up to now.
  closing.not_before = absl::FromUnixSeconds(absl::ToUnixSeconds(now) + 1);
  closing.revocation_expires_at = lifetimes.RevocationExpiry(now);
  return closing;
}

absl::Status StatusOf(const AccountClosing& closed) {
  switch (closed.outcome) {
    case AccountClosing::Outcome::kUnknown:
      return UserUnknown();
    case AccountClosing::Outcome::kLastAdministrator:
      return base::MakeError(absl::StatusCode::kFailedPrecondition, "LAST_ADMINISTRATOR",
                             "nobody else could administer Signet");
    case AccountClosing::Outcome::kClosed:
    case AccountClosing::Outcome::kAlready:
      break;
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> CloseAccount::Disable(const Caller& caller, base::UserId id,
                                              const CallInfo& call) {
  return Close(AuditEventOf(AuditAction::kDisableUser, caller, id, call), id,
               AccountStatus::kDisabled, EndReason::kAccountDisabled, call);
}

absl::Status CloseAccount::Enable(const Caller& caller, base::UserId id, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kEnableUser, caller, id, call);
  SIGNET_ASSIGN_OR_RETURN(const AccountOpening opening,
                          users_.Enable(id, call.now, audit_.Record(event)));
  if (opening != AccountOpening::kUnknown) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "USER_UNKNOWN"));
  return UserUnknown();
}

absl::StatusOr<int64_t> CloseAccount::Delete(const Caller& caller, std::optional<base::UserId> id,
                                             const CallInfo& call) {
  const base::UserId user = id.value_or(caller.user_id());
  AuditEvent event = AuditEventOf(AuditAction::kDeleteUser, caller, user, call);
  if (user != caller.user_id()) {
    const absl::Status permitted = caller.Require(kPermissionUsersManage);
    if (!permitted.ok()) {
      SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "PERMISSION_MISSING"));
      return permitted;
    }
  }
  return Close(std::move(event), user, AccountStatus::kDeleted, EndReason::kAccountDeleted, call);
}

absl::StatusOr<int64_t> CloseAccount::Close(AuditEvent event, base::UserId id, AccountStatus status,
                                            EndReason reason, const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(
      const AccountClosing closed,
      users_.Close(id, ClosingOf(status, reason, lifetimes_, call.now), audit_.Record(event)));
  const absl::Status decided = StatusOf(closed);
  if (!decided.ok()) {
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), base::ErrorReason(decided)));
    return decided;
  }
  return closed.ended_sessions;
}

}  // namespace signet::domain

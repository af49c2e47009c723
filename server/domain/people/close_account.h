#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/user_store.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// How an account is to be closed at `now`.
UserStore::Closing ClosingOf(AccountStatus status, EndReason reason,
                             const TokenLifetimes& lifetimes, absl::Time now);

// OK for kClosed and kAlready; USER_UNKNOWN or LAST_ADMINISTRATOR.
absl::Status StatusOf(const AccountClosing& closed);

// Ends an account: once it returns, no login and no refresh of it succeeds anywhere, and
// every verifier refuses its access tokens within a second. What was closed before stays closed and
// is no error, so that a repeated call does no harm. FAILED_PRECONDITION (LAST_ADMINISTRATOR) for
// the only active administrator: nobody could open the door again. Thread-safe.
class CloseAccount {
 public:
  CloseAccount(UserStore& users, AuditTrail& audit, const TokenLifetimes& lifetimes)
      : users_(users), audit_(audit), lifetimes_(lifetimes) {}

  // Until Enable(). Returns how many sessions it ended. Needs kPermissionUsersManage, which the
  // method table asks for. USER_UNKNOWN for deleted accounts too.
  absl::StatusOr<int64_t> Disable(const Caller& caller, base::UserId id, const CallInfo& call);

  // Gives a disabled account its login back; the sessions that were ended stay so. OK where it was
  // active. USER_UNKNOWN as above.
  absl::Status Enable(const Caller& caller, base::UserId id, const CallInfo& call);

  // For good: password and roles go, and somebody else may register the address. What was recorded
  // of the person stays until EraseUser. `id` nothing: the caller, who needs no permission; anybody
  // else's needs kPermissionUsersManage. Returns how many sessions it ended.
  absl::StatusOr<int64_t> Delete(const Caller& caller, std::optional<base::UserId> id,
                                 const CallInfo& call);

 private:
  absl::StatusOr<int64_t> Close(AuditEvent event, base::UserId id, AccountStatus status,
                                EndReason reason, const CallInfo& call);

  UserStore& users_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "client/base/ids.h"
#include "client/base/status_macros.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/people/read_users.h"
#include "server/domain/ports/attempt_store.h"

namespace signet::domain {

// Ends every lock of an account and forgets its failures, for an administrator (the caller's
// permission is the RPC's to check). True when it was locked; that is an event. USER_UNKNOWN for an
// id that never was. Idempotent. Thread-safe.
class UnlockAccount {
 public:
  UnlockAccount(AttemptStore& attempts, AuditTrail& audit) : attempts_(attempts), audit_(audit) {}

  absl::StatusOr<bool> Run(const Caller& caller, base::UserId user, const CallInfo& call) {
    SIGNET_ASSIGN_OR_RETURN(
        const std::optional<bool> was_locked,
        attempts_.Unlock(
            user, audit_.Record(AuditEventOf(AuditAction::kUnlockAccount, caller, user, call)),
            call.now));
    if (!was_locked) return UserUnknown();
    return *was_locked;
  }

 private:
  AttemptStore& attempts_;
  AuditTrail& audit_;
};

}  // namespace signet::domain

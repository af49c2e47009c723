#pragma once

#include "absl/status/statusor.h"
#include "client/base/ids.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/attempt_store.h"

namespace signet::domain {

// Ends every lock of an account and forgets its failures, for an administrator (the caller's
// permission is the RPC's to check). True when it was locked; that is an event. Idempotent.
// Thread-safe.
class UnlockAccount {
 public:
  UnlockAccount(AttemptStore& attempts, AuditTrail& audit) : attempts_(attempts), audit_(audit) {}

  absl::StatusOr<bool> Run(const Caller& caller, base::UserId user, const CallInfo& call) {
    return attempts_.Unlock(
        user, audit_.Record(AuditEventOf(AuditAction::kUnlockAccount, caller, user, call)),
        call.now);
  }

 private:
  AttemptStore& attempts_;
  AuditTrail& audit_;
};

}  // namespace signet::domain

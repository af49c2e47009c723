#pragma once

#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "server/domain/abuse/login_gate.h"
#include "server/domain/accounts/account.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/password_hasher.h"

namespace signet::domain {

// Asks somebody who has a session for the password once more. A wrong one is a guess like any other
// it is counted before it is evaluated, and locks. Counted per session, so that whoever
// stole an access token neither guesses on with it nor keeps its owner from changing the password
// on another device. Thread-safe.
class CurrentPassword {
 public:
  // All outlive it.
  CurrentPassword(LoginGate& gate, PasswordHasher& hasher, AuditTrail& audit)
      : gate_(gate), hasher_(hasher), audit_(audit) {}

  // The caller's account, whose password `password` (normalised) is. Two round trips, and none of
  // them while it is hashed. UNAUTHENTICATED (CREDENTIALS_INVALID): wrong, or the account is not
  // active; `event` is then in the audit log as refused, with the true reason. RESOURCE_EXHAUSTED
  // (RATE_LIMITED): too many wrong ones in this session; OVERLOADED.
  absl::StatusOr<LoginRecord> Check(const Caller& caller, const base::Secret& password,
                                    AuditEvent event, const CallInfo& call);

 private:
  LoginGate& gate_;
  PasswordHasher& hasher_;
  AuditTrail& audit_;
};

}  // namespace signet::domain

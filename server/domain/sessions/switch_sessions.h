#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/base/snapshot.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/session_token_store.h"
#include "server/domain/sessions/session_policy.h"

namespace signet::domain {

// Who still gets along with session tokens, for all replicas, without a restart.
// Stored, and read again several times a second; while the database is gone each replica goes on
// with what it read last. Thread-safe.
class SwitchSessions {
 public:
  // All outlive it. `policy` is what is judged by.
  SwitchSessions(SessionTokenStore& store, base::Snapshot<SessionPolicy>& policy, AuditTrail& audit)
      : store_(store), policy_(policy), audit_(audit) {}

  // As it is stored.
  absl::StatusOr<SessionPolicy> Get() const { return store_.ReadPolicy(); }

  // Puts mode and share of `policy` in force: here at once, elsewhere when it is read again.
  absl::StatusOr<SessionPolicy> Set(const Caller& caller, SessionPolicy policy,
                                    const CallInfo& call);

  // Reads it again. For the start, and for whoever follows.
  static absl::Status Reload(SessionTokenStore& store, base::Snapshot<SessionPolicy>& policy);

 private:
  SessionTokenStore& store_;
  base::Snapshot<SessionPolicy>& policy_;
  AuditTrail& audit_;
};

}  // namespace signet::domain

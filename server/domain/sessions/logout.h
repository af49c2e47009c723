#pragma once

#include "absl/status/statusor.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/session_store.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// Ends sessions on their owner's word. Thread-safe.
class Logout {
 public:
  Logout(SessionStore& sessions, const AuditTrail& audit, const TokenLifetimes& lifetimes)
      : sessions_(sessions), audit_(audit), lifetimes_(lifetimes) {}

  // The caller's session: lineage and access tokens, one statement. OK when it had ended already.
  absl::Status Run(const Caller& caller, const CallInfo& call);

  // Every session of the caller; how many this call ended. Access tokens issued before now are
  // refused by one record for all of them.
  absl::StatusOr<int64_t> RunAll(const Caller& caller, const CallInfo& call);

 private:
  SessionStore& sessions_;
  const AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

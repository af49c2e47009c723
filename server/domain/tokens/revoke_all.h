#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/revocation_store.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// Refuses every access token of everybody that was issued before now, with one record of the
// revocation log, however many there are: for when nobody can say which tokens were stolen.
// Sessions stay: whoever still holds his refresh token gets a token that is accepted, and a service
// account one for its key. The caller's own token is among the refused ones. Thread-safe.
class RevokeAll {
 public:
  RevokeAll(RevocationStore& revocations, const AuditTrail& audit, const TokenLifetimes& lifetimes)
      : revocations_(revocations), audit_(audit), lifetimes_(lifetimes) {}

  struct Done {
    absl::Time not_before;  // whole seconds; tokens with an earlier `iat` are refused
    int64_t sequence = 0;   // of the record
  };
  // Repeated, it refuses what was issued since, too. STORAGE_UNAVAILABLE: nothing was recorded.
  absl::StatusOr<Done> Run(const Caller& caller, const CallInfo& call);

 private:
  RevocationStore& revocations_;
  const AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/session_store.h"
#include "server/domain/ports/token_issuer.h"
#include "server/domain/sessions/refresh_token.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// How a presented refresh token fared: closed, the label of its metric.
enum class RefreshOutcome {
  kRotated,    // it was the live leaf; here is its successor
  kReplayed,   // a repeat within the window, successor unused: the same successor again
  kReused,     // it was rotated before: the session is dead, by this call or an earlier one like it
  kExpired,    // its lineage has expired
  kRevoked,    // its session has ended
  kUnknown,    // it never was a token of ours, or is too old to be told from one
  kMalformed,  // not of the form of a refresh token: refused without a query
};

struct RefreshDecision {
  RefreshOutcome outcome = RefreshOutcome::kUnknown;
  // Set exactly when kRotated or kReplayed.
  std::optional<TokenPair> tokens;
};

// Which outcome a token has that did not rotate. A pure rule over what the store read; kReused
// asks the caller to end the lineage. `view` nothing: no such lineage.
RefreshOutcome ClassifyPresented(const Presented& presented, const std::optional<LineageView>& view,
                                 absl::Duration replay_window, absl::Time now);

// Exchanges a refresh token for its successor. One round trip to the database when
// it is the live leaf. A status other than OK means that the outcome is not known to us: the caller
// repeats the call and gets the successor that was, or will be, made. Thread-safe.
class Refresh {
 public:
  Refresh(SessionStore& sessions, const SuccessorDeriver& deriver, TokenIssuer& issuer,
          const AuditTrail& audit, const TokenLifetimes& lifetimes)
      : sessions_(sessions),
        deriver_(deriver),
        issuer_(issuer),
        audit_(audit),
        lifetimes_(lifetimes) {}

  absl::StatusOr<RefreshDecision> Run(absl::string_view refresh_token, const CallInfo& call);

 private:
  absl::StatusOr<RefreshDecision> Answer(RefreshOutcome outcome, const SessionGrant& grant,
                                         RefreshToken successor, const CallInfo& call);

  SessionStore& sessions_;
  const SuccessorDeriver& deriver_;
  TokenIssuer& issuer_;
  const AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

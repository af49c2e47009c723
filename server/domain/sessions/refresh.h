#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
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
                                 const TokenLifetimes& lifetimes, absl::Time now);

// A refresh token as one caller presented it. `call` outlives the attempt.
struct RefreshAttempt {
  absl::string_view refresh_token;
  const CallInfo& call;
};

// Which refreshes are events of the audit log.
enum class RefreshEvents {
  kAll,
  kRefusals,  // the lineage's history has the others
};

// Exchanges refresh tokens for their successors: those of every call that waits at
// the same time together, because a statement for many costs little more than one for one.
// Thread-safe.
class Refresh {
 public:
  Refresh(SessionStore& sessions, const SuccessorDeriver& deriver, TokenIssuer& issuer,
          AuditTrail& audit, RefreshEvents events, const TokenLifetimes& lifetimes)
      : sessions_(sessions),
        deriver_(deriver),
        issuer_(issuer),
        audit_(audit),
        events_(events),
        lifetimes_(lifetimes) {}

  // Told what became of attempt number `attempt`. A status other than OK means that the outcome is
  // not known to us: the caller repeats the call and gets the successor that was, or will be, made.
  using Decided = absl::FunctionRef<void(size_t attempt, absl::StatusOr<RefreshDecision> decision)>;

  // Carries all attempts to their decisions and tells each exactly once, as soon as it is known.
  // One round trip to the database, however many attempts, while all are live leaves; those that
  // are not cost more, and the others are told before that. The waits are bounded by the calling
  // thread's ScopedCallDeadline.
  void Run(absl::Span<const RefreshAttempt> attempts, Decided decided);

 private:
  struct Candidate;

  void DecideUnrotated(absl::Span<const RefreshAttempt> attempts, std::vector<Candidate> unrotated,
                       Decided decided);
  std::optional<AuditRecord> Success(const Presented& presented, absl::string_view reason,
                                     const CallInfo& call) const;
  absl::Status End(const Presented& presented, const CallInfo& call);
  absl::StatusOr<RefreshDecision> Answer(RefreshOutcome outcome, const SessionGrant& grant,
                                         const RefreshToken& successor, const CallInfo& call);

  SessionStore& sessions_;
  const SuccessorDeriver& deriver_;
  TokenIssuer& issuer_;
  AuditTrail& audit_;
  const RefreshEvents events_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

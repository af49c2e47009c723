#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/abuse/device_token.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/mfa/mfa_challenge.h"
#include "server/domain/mfa/prove_factor.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/ports/session_store.h"
#include "server/domain/ports/token_issuer.h"
#include "server/domain/sessions/first_credential.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

struct CompleteMfaCommand {
  std::string challenge;  // as Login gave it
  FactorAnswer answer;
};

// How the second step of a login ended: the label of its metric.
enum class MfaOutcome {
  kSucceeded,         // by a time code
  kRecovered,         // by a recovery code
  kChallengeInvalid,  // not ours, changed or expired
  kWrongCode,
  kReplayedCode,  // right, but used before
  kRefused,       // too many wrong ones of the account
  kRaced,         // code or challenge was used, or the account changed, at the same time
};

struct MfaDecision {
  MfaOutcome outcome = MfaOutcome::kChallengeInvalid;
  // One of the two is set exactly when kSucceeded or kRecovered.
  std::optional<TokenPair> tokens;
  std::optional<OfferedSession> session;
  base::SessionId session_id;
  base::UserId user_id;
  base::Secret device_token;
  absl::Status refusal;  // otherwise: what the caller is told
};

// The second step of a login: a challenge and a second factor open the session that the
// password step described. Two round trips: the attempt is counted, then one guarded statement uses
// the factor up, uses the challenge up (its session id can exist once) and opens the session, if
// account and password are still what they were. A refusal is one more, its event in the audit log,
// with the true reason. A status other than OK means that nothing was
// decided. Thread-safe.
class CompleteMfa {
 public:
  CompleteMfa(SessionStore& sessions, ProveFactor& prove, const MfaChallenges& challenges,
              TokenIssuer& issuer, AuditTrail& audit, const TokenLifetimes& lifetimes,
              const DeviceTokens& devices, const MailSealer& mails)
      : sessions_(sessions),
        prove_(prove),
        challenges_(challenges),
        issuer_(issuer),
        audit_(audit),
        lifetimes_(lifetimes),
        devices_(devices),
        mails_(mails) {}

  absl::StatusOr<MfaDecision> Run(const CompleteMfaCommand& command, const CallInfo& call);

 private:
  // Writes the refusal into the audit log before it is answered.
  absl::StatusOr<MfaDecision> Refuse(MfaOutcome outcome, absl::Status refusal, AuditEvent event);

  SessionStore& sessions_;
  ProveFactor& prove_;
  const MfaChallenges& challenges_;
  TokenIssuer& issuer_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
  const DeviceTokens& devices_;
  const MailSealer& mails_;
};

}  // namespace signet::domain

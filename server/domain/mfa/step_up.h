#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/domain/abuse/current_password.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/mfa/prove_factor.h"
#include "server/domain/ports/session_store.h"
#include "server/domain/ports/token_issuer.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

struct StepUpCommand {
  base::Secret password;
  std::optional<FactorAnswer> answer;  // needed where the account has a second factor
};

struct SteppedUp {
  base::Secret access_token;  // compact JWS, with the new auth_time, acr and amr
  absl::Duration expires_in;
  std::string acr;
};

// Lets the caller prove once more who they are, within their session (RFC 9470). The refresh token
// stays as it is, and every access token that it gets from now on says the new time: to rotate it
// here would race with the client's own refresh, which would then look like theft.
// UNAUTHENTICATED: CREDENTIALS_INVALID for a wrong password; MFA_CODE_INVALID; SESSION_ENDED where
// the session, the account or the password did not stay meanwhile, or another call used the code.
// FAILED_PRECONDITION (MFA_REQUIRED): the password is right and a second factor is missing.
// RESOURCE_EXHAUSTED (RATE_LIMITED): too many wrong passwords, or codes. Three round trips, four
// with a factor.
// Thread-safe.
class StepUp {
 public:
  StepUp(CurrentPassword& current, SessionStore& sessions, const PasswordPolicy& policy,
         TokenIssuer& issuer, const TokenLifetimes& lifetimes, ProveFactor& prove,
         AuditTrail& audit)
      : current_(current),
        sessions_(sessions),
        policy_(policy),
        issuer_(issuer),
        lifetimes_(lifetimes),
        prove_(prove),
        audit_(audit) {}

  absl::StatusOr<SteppedUp> Run(const Caller& caller, const StepUpCommand& command,
                                const CallInfo& call);

 private:
  absl::StatusOr<SteppedUp> Decide(const Caller& caller, const LoginRecord& account,
                                   const StepUpCommand& command, const AuditRecord& audit,
                                   const CallInfo& call);
  absl::StatusOr<std::optional<FactorProof>> Prove(const LoginRecord& account,
                                                   const StepUpCommand& command,
                                                   const CallInfo& call);

  CurrentPassword& current_;
  SessionStore& sessions_;
  const PasswordPolicy& policy_;
  TokenIssuer& issuer_;
  const TokenLifetimes lifetimes_;
  ProveFactor& prove_;
  AuditTrail& audit_;
};

}  // namespace signet::domain

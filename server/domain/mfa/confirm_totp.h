#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/mfa/recovery_codes.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/ports/second_factor_store.h"
#include "server/domain/ports/totp_sealer.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// A secret that waits longer than this has to be enrolled anew.
inline constexpr absl::Duration kEnrollmentLife = absl::Hours(1);

// Puts the enrolled authenticator in force once a code proves that it works. That code is
// used up. The caller's session counts as one with a second factor from its next refresh on, and
// every other session ends: whoever holds one has shown a password alone. Returns the ten recovery
// codes, which are never shown again.
// Refusals: MFA_NOT_ENROLLED (FAILED_PRECONDITION) without a waiting secret; MFA_CODE_INVALID;
// CONFLICT (ABORTED) where another call was first. Two round trips. Wrong codes are not counted:
// who enrolls knows the secret. Thread-safe.
class ConfirmTotp {
 public:
  ConfirmTotp(SecondFactorStore& factors, const TotpSealer& sealer,
              const RecoveryCodeHasher& recovery, const MailSealer& mail, AuditTrail& audit,
              const TokenLifetimes& lifetimes)
      : factors_(factors),
        sealer_(sealer),
        recovery_(recovery),
        mail_(mail),
        audit_(audit),
        lifetimes_(lifetimes) {}

  absl::StatusOr<std::vector<base::Secret>> Run(const Caller& caller, const base::Secret& code,
                                                const CallInfo& call);

 private:
  absl::StatusOr<std::vector<base::Secret>> Decide(const Caller& caller, const base::Secret& code,
                                                   const AuditRecord& audit, const CallInfo& call);

  SecondFactorStore& factors_;
  const TotpSealer& sealer_;
  const RecoveryCodeHasher& recovery_;
  const MailSealer& mail_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain

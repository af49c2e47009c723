#pragma once

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/mfa/recovery_codes.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/ports/second_factor_store.h"

namespace signet::domain {

struct FactorStatus {
  std::optional<absl::Time> totp_enabled_at;  // nothing: there is no second factor
  bool totp_waits = false;                    // enrolled, not confirmed
  int recovery_codes_left = 0;
};

// What the caller can see and do about a second factor that is there. That an authentication is
// recent is the method table's to ask: no code is asked for again here, so that somebody who came
// in by a recovery code, the authenticator lost, can set up the next one. Refusal of the changes:
// FAILED_PRECONDITION (MFA_NOT_ENABLED). Thread-safe.
class FactorSettings {
 public:
  FactorSettings(SecondFactorStore& factors, const RecoveryCodeHasher& recovery,
                 const MailSealer& mail, AuditTrail& audit)
      : factors_(factors), recovery_(recovery), mail_(mail), audit_(audit) {}

  absl::StatusOr<FactorStatus> Status(const Caller& caller, const CallInfo& call);

  // Two round trips. Sessions stay as they are.
  absl::Status DisableTotp(const Caller& caller, const CallInfo& call);

  // Ten new ones; the old set is worthless. Two round trips.
  absl::StatusOr<std::vector<base::Secret>> RegenerateRecoveryCodes(const Caller& caller,
                                                                    const CallInfo& call);

 private:
  absl::StatusOr<FactorRecord> ReadEnabled(const Caller& caller);

  SecondFactorStore& factors_;
  const RecoveryCodeHasher& recovery_;
  const MailSealer& mail_;
  AuditTrail& audit_;
};

}  // namespace signet::domain

#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "client/base/secret.h"
#include "server/domain/mfa/factor_proof.h"
#include "server/domain/mfa/recovery_codes.h"
#include "server/domain/mfa/second_factor.h"
#include "server/domain/ports/second_factor_store.h"
#include "server/domain/ports/totp_sealer.h"

namespace signet::domain {

// What a person shows as the second factor. Passkeys become a third kind.
struct FactorAnswer {
  enum class Kind { kTotp, kRecoveryCode };
  Kind kind = Kind::kTotp;
  base::Secret text;  // as typed
};

enum class FactorOutcome {
  kProved,    // `proof` may be used up
  kWrong,     // and counted
  kReplayed,  // right, but its time step was used before; counted
  kRefused,   // too many wrong ones: not even looked at
  kNoFactor,  // the account has none (any more)
};

struct FactorDecision {
  FactorOutcome outcome = FactorOutcome::kWrong;
  FactorProof proof;           // of kProved
  absl::Duration retry_after;  // of kRefused
};

// Judges a second factor: counts the attempt for the account, commits that, and only then
// compares. One round trip. What it finds right is not used up yet: hand `proof` to the statement
// with the effect, which decides between parallel uses. Thread-safe.
class ProveFactor {
 public:
  ProveFactor(SecondFactorStore& factors, const TotpSealer& sealer,
              const RecoveryCodeHasher& recovery, const AttemptPolicy& policy = {})
      : factors_(factors), sealer_(sealer), recovery_(recovery), policy_(policy) {}

  absl::StatusOr<FactorDecision> Run(base::UserId user, const FactorAnswer& answer, absl::Time now);

 private:
  SecondFactorStore& factors_;
  const TotpSealer& sealer_;
  const RecoveryCodeHasher& recovery_;
  const AttemptPolicy policy_;
};

// What everything but kProved is answered with: RESOURCE_EXHAUSTED (RATE_LIMITED) with the time to
// retry, or UNAUTHENTICATED (MFA_CODE_INVALID), the same for wrong and used codes.
absl::Status FactorRefusal(const FactorDecision& decision);

}  // namespace signet::domain

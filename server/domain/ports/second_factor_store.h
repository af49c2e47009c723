#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/mfa/second_factor.h"

namespace signet::domain {

// Second factors of people. Each call is one guarded statement, which writes
// `audit` exactly when it has its effect; using a factor up is not here but
// in SessionStore (NewSession::factor, Reauthentication::factor), in the statement with the effect.
// Every call may fail with STORAGE_UNAVAILABLE or DEADLINE_EXCEEDED. Thread-safe.
class SecondFactorStore {
 public:
  virtual ~SecondFactorStore() = default;

  // Nothing for an unknown or disabled account.
  virtual absl::StatusOr<std::optional<FactorRecord>> Read(base::UserId user) = 0;

  // Keeps a secret that is being set up, in place of one that never was confirmed. False, and
  // nothing written, where an authenticator is in force or the account is not active.
  virtual absl::StatusOr<bool> Enroll(base::UserId user, absl::string_view totp_sealed,
                                      absl::Time now, const AuditRecord& audit) = 0;

  // Puts the enrolled secret in force, replaces the recovery codes, raises the caller's session to
  // the given acr and ends every other session (kFactorChanged), with one kSession revocation for
  // each: from then on no session of the account is without its second factor. False, and nothing
  // written, unless exactly this secret waits to be confirmed.
  virtual absl::StatusOr<bool> Confirm(const FactorConfirmation& confirmation,
                                       const AuditRecord& audit) = 0;

  // Counts an attempt of the account, and commits that, before anything is compared: of any number
  // of parallel guesses no more are admitted than the policy lets. A success is taken back by the
  // statement that uses the factor up. `recovery_hash`: empty where a time code is shown.
  virtual absl::StatusOr<FactorAttempt> Admit(base::UserId user, absl::string_view recovery_hash,
                                              const AttemptPolicy& policy, absl::Time now) = 0;

  // Switches the second factor off: secret and recovery codes are gone. False where there was none.
  virtual absl::StatusOr<bool> Disable(base::UserId user, absl::Time now, const MailRow& mail,
                                       const AuditRecord& audit) = 0;

  // Replaces the recovery codes as a set. False where no factor is in force.
  virtual absl::StatusOr<bool> ReplaceRecoveryCodes(base::UserId user,
                                                    const std::vector<std::string>& hashes,
                                                    const MailRow& mail,
                                                    const AuditRecord& audit) = 0;
};

}  // namespace signet::domain

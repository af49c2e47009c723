#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/mail/outgoing_mail.h"

namespace signet::domain {

// After how many wrong codes of an account further ones are refused without a look, and for how
// long. Counted for the account, whatever challenge or session they came with.
struct AttemptPolicy {
  int free_failures = 5;                          // the last of these starts the first pause
  absl::Duration first_pause = absl::Minutes(1);  // doubles with every further failure
  absl::Duration longest_pause = absl::Hours(1);
  absl::Duration forgotten_after = absl::Hours(24);  // without any attempt
};

// An attempt that was counted before anything was compared.
struct FactorAttempt {
  enum class State { kNoFactor, kRefused, kAdmitted };
  State state = State::kNoFactor;
  absl::Time refused_until;     // kRefused
  std::string totp_sealed;      // kAdmitted; and these
  int64_t last_step = 0;        // the latest time step that was used
  bool recovery_known = false;  // the set holds the hash that was asked for
};

// What there is about one account's factors.
struct FactorRecord {
  std::string email;                       // as the person spelled it
  std::string totp_sealed;                 // empty: no authenticator, not even one being set up
  std::optional<absl::Time> enrolled_at;   // when the secret was made
  std::optional<absl::Time> confirmed_at;  // in force since then
  int recovery_codes_left = 0;
};

// The step from "set up" to "in force".
struct FactorConfirmation {
  base::UserId user_id;
  base::SessionId session_id;  // the one that stays, and has now shown both factors
  std::string totp_sealed;     // the secret whose code was checked
  int64_t totp_step = 0;       // of that code, which is used up
  std::vector<std::string> recovery_hashes;
  std::string acr;
  std::vector<std::string> amr;
  absl::Time now;
  absl::Time revocation_expires_at;
  MailRow mail;
};

}  // namespace signet::domain

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"

namespace signet::domain {

// Time-based one-time passwords (RFC 6238) with what every authenticator app does: HMAC-SHA-1,
// six digits, steps of 30 seconds. Pure functions.

inline constexpr size_t kTotpSecretSize = 20;  // as long as the HMAC (RFC 4226 section 4)
inline constexpr int kTotpDigits = 6;
inline constexpr absl::Duration kTotpStep = absl::Seconds(30);

// RFC 4226 section 5.3; 6 to 8 digits, leading zeros kept.
std::string HotpCode(const base::Secret& secret, int64_t counter, int digits);

// The step that `now` lies in. Never negative after 1970.
int64_t TotpStepAt(absl::Time now);

// The step before, of, or after `now` (clocks differ, people type slowly) whose code this is and
// that is later than `last_step`: a step counts once for ever, and so does every one before it. The
// latest where several fit. Nothing otherwise. The work does not depend on what matches.
std::optional<int64_t> MatchTotp(const base::Secret& secret, absl::string_view code, absl::Time now,
                                 int64_t last_step);

// The secret as people type it: RFC 4648 base32 without padding.
std::string Base32(absl::string_view bytes);

// What the QR code says, in the form that authenticator apps read: otpauth://totp/ISSUER:ACCOUNT?…
// Both names are percent-encoded; a colon in them would end the issuer and becomes "%3A".
base::Secret ProvisioningUri(absl::string_view issuer, absl::string_view account,
                             const base::Secret& secret);

}  // namespace signet::domain

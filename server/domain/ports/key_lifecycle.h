#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/tokens/signing_key.h"

namespace signet::domain {

// Moves signing keys through their states. Refusals are FAILED_PRECONDITION with a reason
// of its own and a message that says what to do; NOT_FOUND (KEY_UNKNOWN) for an unknown kid.
// Thread-safe; blocks on the database.
class KeyLifecycle {
 public:
  virtual ~KeyLifecycle() = default;

  virtual absl::StatusOr<std::vector<SigningKeyRecord>> List() = 0;
  // Generates, seals, stores (PREPARED), reads back, proves that it signs, publishes (PUBLISHED).
  // `algorithm` empty: the configured one.
  virtual absl::StatusOr<SigningKeyRecord> Prepare(absl::string_view algorithm, absl::Time now) = 0;
  // KEY_NOT_PUBLISHED, or KEY_TOO_FRESH until verifiers had the time to fetch it (JWKS max-age),
  // unless `force`.
  enum class Force { kNo, kYes };
  virtual absl::StatusOr<SigningKeyRecord> Activate(absl::string_view kid, Force force,
                                                    absl::Time now) = 0;
  // Refuses everything signed by `kid`, everywhere, at once. When it was ACTIVE another key takes
  // over first (the newest PUBLISHED one, else a new one), so that logins go on.
  virtual absl::StatusOr<SigningKeyRecord> Taint(absl::string_view kid, absl::Time now) = 0;
  // RETIRING -> RETIRED; KEY_STILL_NEEDED while a token it signed may live, unless `force`.
  virtual absl::StatusOr<SigningKeyRecord> Retire(absl::string_view kid, Force force,
                                                  absl::Time now) = 0;
};

}  // namespace signet::domain

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/audit/audit_event.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/domain/tokens/key_set_verifier.h"
#include "server/domain/tokens/signing_key.h"

namespace signet::domain {

// When a key is changed, and on whose word: each change of a state writes an event of the audit log
// like `by`, with an id, an action and a target (the kid) of its own.
struct KeyChange {
  // The server by itself.
  KeyChange(absl::Time at) : now(at) {  // NOLINT(google-explicit-constructor)
    by.at = at;
    by.actor.kind = AuditActor::Kind::kServer;
  }
  explicit KeyChange(AuditEvent event) : now(event.at), by(std::move(event)) {}

  absl::Time now;
  AuditEvent by;
  // Where set, a change that was decided on an older table is ABORTED and writes nothing; so is one
  // that somebody else has made.
  KeyTableFence fence;
};

// Moves signing keys through their states. Refusals are FAILED_PRECONDITION with a reason
// of its own and a message that says what to do; NOT_FOUND (KEY_UNKNOWN) for an unknown kid.
// Thread-safe; blocks on the database.
class KeyLifecycle {
 public:
  virtual ~KeyLifecycle() = default;

  virtual absl::StatusOr<std::vector<SigningKeyRecord>> List() = 0;
  // Generates, seals, stores (PREPARED), reads back, proves that it signs, publishes (PUBLISHED).
  // `algorithm` empty: the configured one.
  virtual absl::StatusOr<SigningKeyRecord> Prepare(absl::string_view algorithm,
                                                   const KeyChange& change) = 0;
  // PREPARED -> PUBLISHED, for one that Prepare() left behind because its process ended half-way.
  // KEY_STATE_INVALID for one in another state; DATA_LOSS or FAILED_PRECONDITION where it cannot be
  // opened.
  virtual absl::StatusOr<SigningKeyRecord> Publish(absl::string_view kid,
                                                   const KeyChange& change) = 0;
  // Who watches the key set, and the key set that is to be held.
  virtual absl::StatusOr<KeySetStanding> Verifiers(absl::Time now) = 0;
  // KEY_NOT_PUBLISHED; and unless `force` KEY_TOO_FRESH until verifiers had the time to fetch it
  // (JWKS max-age), VERIFIERS_LAG until every one that watches the key set has said that it holds
  // it; that names those that have not, 20 at most.
  enum class Force { kNo, kYes };
  virtual absl::StatusOr<SigningKeyRecord> Activate(absl::string_view kid, Force force,
                                                    const KeyChange& change) = 0;
  // Refuses everything signed by `kid`, everywhere, at once. When it was ACTIVE another key takes
  // over first (the newest PUBLISHED one, else a new one), so that logins go on.
  virtual absl::StatusOr<SigningKeyRecord> Taint(absl::string_view kid,
                                                 const KeyChange& change) = 0;
  // RETIRING -> RETIRED; KEY_STILL_NEEDED while a token it signed may live, unless `force`.
  virtual absl::StatusOr<SigningKeyRecord> Retire(absl::string_view kid, Force force,
                                                  const KeyChange& change) = 0;
  // Destroys the private half of a RETIRED or TAINTED key; its public half and its times stay, so
  // that the audit log can be read and no name comes back. KEY_STATE_INVALID for one in another
  // state; ABORTED where it is gone already.
  virtual absl::StatusOr<SigningKeyRecord> Erase(absl::string_view kid,
                                                 const KeyChange& change) = 0;
};

}  // namespace signet::domain

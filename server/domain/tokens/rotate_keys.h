#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/ports/key_lifecycle.h"
#include "server/domain/ports/signing_key_store.h"

namespace signet::domain {

// The planned rotation of signing keys, by the service itself: a successor is published
// before the active key's time is over, takes over when it is, and the one before leaves the key
// set once the last of its tokens has expired. Later its private half is destroyed.
//
// Every replica looks now and then, and any of them takes the step that is due. Each step is
// decided on one version of the table of keys and written only at that version (KeyTableFence), so
// that of those who look at once one acts, and whoever was held up between looking and acting does
// nothing. What an administrator does in between wins. No step is ever forced on a verifier that
// lags, unless Policy::verifier_patience says so. Each step is an event of the audit log whose
// actor is the server. Thread-safe; blocks on the database.
class RotateKeys {
 public:
  struct Policy {
    // How long a key signs. Zero: keys are prepared and activated by administrators alone.
    absl::Duration rotate_after = absl::Hours(24 * 90);
    // How long before that its successor is published: at least what KEY_TOO_FRESH asks for.
    absl::Duration publish_ahead = absl::Minutes(5);
    // For how long a successor whose time has come waits for verifiers that do not hold it yet.
    // Zero: until each does, or is not seen any more.
    absl::Duration verifier_patience = absl::ZeroDuration();
    // How long the private half of a RETIRED or TAINTED key stays. Zero: for good.
    absl::Duration erase_after = absl::Hours(24 * 30);
  };

  // What one look did. All empty: nothing was due.
  struct Report {
    std::vector<std::string> prepared;  // kids
    std::vector<std::string> activated;
    std::vector<std::string> retired;
    std::vector<std::string> erased;
    // Why a successor that is due does not sign yet: VERIFIERS_LAG or KEY_TOO_FRESH. OK: none
    // waits.
    absl::Status waits;
    // Another replica or an administrator acted first, at the same moment.
    bool overtaken = false;
  };

  // Both outlive it.
  RotateKeys(Policy policy, SigningKeyStore& store, KeyLifecycle& keys)
      : policy_(policy), store_(store), keys_(keys) {}

  // Takes every step that is due at `now`. An error is of the database, or of a key that could not
  // be made or opened; the steps before it stay, and the next look goes on from there.
  absl::StatusOr<Report> Run(absl::Time now);

 private:
  enum class Step { kTaken, kNoneDue };

  absl::StatusOr<Step> TakeStep(absl::Time now, Report& report);
  absl::StatusOr<Step> Succeed(const SigningKeyTable& table, const SigningKeyRecord& active,
                               absl::Time now, Report& report);
  absl::StatusOr<Step> Activate(const SigningKeyRecord& successor, absl::Time due,
                                const KeyChange& change, Report& report);
  absl::StatusOr<Step> Prepare(const SigningKeyTable& table, const KeyChange& change,
                               Report& report);
  absl::StatusOr<Step> RetireOne(const SigningKeyTable& table, const KeyChange& change,
                                 Report& report);
  absl::Status EraseOld(absl::Time now, Report& report);

  const Policy policy_;
  SigningKeyStore& store_;
  KeyLifecycle& keys_;
};

}  // namespace signet::domain

#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/crypto/algorithm.h"
#include "server/domain/ports/audit_recorder.h"
#include "server/domain/ports/key_lifecycle.h"
#include "server/domain/ports/key_set_verifier_store.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/signing/key_encryption_key.h"
#include "server/signing/key_ring.h"

namespace signet::signing {

// The lifecycle over stored keys. Any number of replicas may call it at once: each step is
// one guarded Move() of the store, and a step that another replica took first is looked at again.
//
// After each change this process's ring is reloaded at once; the others follow their feed. Every
// change is repeatable: asking again for what is already so answers with the record.
class StoredKeyLifecycle final : public domain::KeyLifecycle {
 public:
  struct Options {
    crypto::Algorithm algorithm = crypto::Algorithm::kEs256;  // of new keys
    // How long verifiers may keep a JWKS (its max-age): a younger key must not sign yet.
    absl::Duration publish_lead = absl::Minutes(5);
    // The longest `exp - iat` of any access token.
    absl::Duration access_token_life = absl::Minutes(15);
    // How much longer a key stays after its last token has expired: time for a replica that was
    // cut off, and went on signing with it, to come back.
    absl::Duration retire_after = absl::Hours(24);
    // How long a verifier counts after it was last seen.
    absl::Duration verifier_lease = absl::Seconds(30);
  };

  // References stay the caller's and outlive the lifecycle.
  StoredKeyLifecycle(Options options, domain::SigningKeyStore& store,
                     domain::KeySetVerifierStore& verifiers, const KeyEncryptionKey& kek,
                     KeyRing& ring, const domain::AuditRecorder& audit);

  // At the start of every process: where no key is ACTIVE, lets one sign at once, made if need be;
  // nobody can hold a token or a JWKS yet that this would break. Replicas that start together
  // make one key and exactly one becomes ACTIVE. Then reloads the ring, whose error it returns.
  absl::Status EnsureActiveKey(absl::Time now);

  // Newest first, RETIRED ones too.
  absl::StatusOr<std::vector<domain::SigningKeyRecord>> List() override;

  // INVALID_ARGUMENT (field "algorithm"): unknown.
  absl::StatusOr<domain::SigningKeyRecord> Prepare(absl::string_view algorithm,
                                                   const domain::KeyChange& change) override;

  absl::StatusOr<domain::SigningKeyRecord> Publish(absl::string_view kid,
                                                   const domain::KeyChange& change) override;

  absl::StatusOr<domain::KeySetStanding> Verifiers(absl::Time now) override;

  // KEY_NOT_PUBLISHED for every state but PUBLISHED and ACTIVE, whatever `force`.
  absl::StatusOr<domain::SigningKeyRecord> Activate(absl::string_view kid, Force force,
                                                    const domain::KeyChange& change) override;

  absl::StatusOr<domain::SigningKeyRecord> Taint(absl::string_view kid,
                                                 const domain::KeyChange& change) override;

  // KEY_STATE_INVALID for every state but RETIRING and RETIRED, whatever `force`.
  // KEY_STILL_NEEDED until access_token_life + retire_after have passed since it stopped signing.
  absl::StatusOr<domain::SigningKeyRecord> Retire(absl::string_view kid, Force force,
                                                  const domain::KeyChange& change) override;

  absl::StatusOr<domain::SigningKeyRecord> Erase(absl::string_view kid,
                                                 const domain::KeyChange& change) override;

 private:
  using Records = std::vector<domain::SigningKeyRecord>;

  absl::Status CheckVerifiers(absl::Time now);
  absl::StatusOr<domain::SigningKeyRecord> Find(absl::string_view kid);
  absl::StatusOr<domain::SigningKeyRecord> Applied(absl::string_view kid);
  absl::StatusOr<bool> InsertNew(const crypto::SigningKey& key, const std::string& kid,
                                 const domain::KeyChange& change);
  absl::Status ProveAndPublish(absl::string_view kid, const domain::KeyChange& change);
  absl::Status LetAnySign(const Records& records, const domain::KeyChange& change);
  absl::StatusOr<bool> Move(absl::string_view kid, const std::vector<domain::KeyState>& from,
                            domain::KeyState to, const domain::KeyChange& change);
  domain::AuditRecord Audited(const domain::KeyChange& change, domain::AuditAction action,
                              absl::string_view kid) const;

  const Options options_;
  domain::SigningKeyStore& store_;
  domain::KeySetVerifierStore& verifiers_;
  const KeyEncryptionKey& kek_;
  KeyRing& ring_;
  const domain::AuditRecorder& audit_;
};

}  // namespace signet::signing

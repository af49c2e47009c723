#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/tokens/signing_key.h"

namespace signet::domain {

// The version of the table on which a change was decided. The change is written only while the
// table still has that version: whoever decided and was then held up (a long pause of the process,
// a slow disk) finds that somebody else has acted since, and writes nothing. It is the version and
// not a lease of some leader, because a lease is over by a clock and this is not.
using KeyTableFence = std::optional<int64_t>;
// For a change that is right whatever happened meanwhile.
inline constexpr KeyTableFence kUnfenced = std::nullopt;

// Signing keys and other sealed server secrets. Every write but Erase() bumps the table's version
// and wakes every replica, in the same transaction. Thread-safe.
class SigningKeyStore {
 public:
  virtual ~SigningKeyStore() = default;

  virtual absl::StatusOr<SigningKeyTable> Load() = 0;
  // Every key ever, RETIRED ones too, newest first.
  virtual absl::StatusOr<std::vector<SigningKeyRecord>> ListAll() = 0;

  // Inserts a PREPARED key. False when the kid is taken (two replicas raced: try the next letter),
  // or the table is not at `fence` any more. `audit` is written with the key.
  // KEY_STATE_INVALID (FAILED_PRECONDITION), here and of a new secret: everything was sealed anew
  // under another key-encryption key than this (SealedRows).
  virtual absl::StatusOr<bool> InsertPrepared(const SigningKeyRecord& key, const AuditRecord& audit,
                                              KeyTableFence fence) = 0;

  // Moves `kid` to `to` if it is in one of `from` and the table at `fence`; false otherwise. Moving
  // to kActive moves the key that was ACTIVE to RETIRING in the same statement, so that there is
  // one signer at any instant. Moving to kTainted appends a kKey revocation in the same statement.
  // `audit` is written with the move; null for a step that is part of another effect.
  virtual absl::StatusOr<bool> Move(absl::string_view kid, const std::vector<KeyState>& from,
                                    KeyState to, absl::Time now, absl::Time revocation_expires_at,
                                    const AuditRecord* audit, KeyTableFence fence) = 0;

  // Destroys the sealed private half of a RETIRED or TAINTED key; false for one in another state,
  // or whose private half is gone already. What verifies does not change, so nobody is woken.
  virtual absl::StatusOr<bool> Erase(absl::string_view kid, const AuditRecord& audit) = 0;

  // The sealed secret of that name: the stored one, or `sealed` if there was none (the first
  // writer wins, everybody gets the same). Used for the lineage derivation key.
  struct SealedSecret {
    std::string sealed;
    std::string kek_id;
  };
  virtual absl::StatusOr<SealedSecret> GetOrInsertSecret(absl::string_view name,
                                                         const SealedSecret& candidate) = 0;
};

}  // namespace signet::domain

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/people/kept_record.h"
#include "server/domain/people/user.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

// People, as they are administered. Each call is one statement; one that has an effect writes
// `audit` with it, and one that has none does not. Every call may fail with STORAGE_UNAVAILABLE or
// DEADLINE_EXCEEDED. Thread-safe.
class UserStore {
 public:
  virtual ~UserStore() = default;

  virtual absl::StatusOr<std::optional<User>> Read(base::UserId id) = 0;

  // At most `limit` people after `after` (exclusive), in the order that UserPosition describes.
  virtual absl::StatusOr<std::vector<User>> List(const UserFilter& filter,
                                                 const std::optional<UserPosition>& after,
                                                 int limit) = 0;

  // Of an account that is active or disabled. kEmailTaken changes nothing; so does ABORTED
  // (CONFLICT), where somebody takes the address at the same moment.
  virtual absl::StatusOr<UserUpdate> Update(base::UserId id, const UserChange& change,
                                            absl::Time now, const AuditRecord& audit) = 0;

  // How to close: kDisabled or kDeleted.
  struct Closing {
    AccountStatus status = AccountStatus::kDisabled;
    EndReason reason = EndReason::kAccountDisabled;
    absl::Time now;
    absl::Time not_before;  // as SessionStore::EndAll() has it
    absl::Time revocation_expires_at;
  };
  // Sets the status, ends every live session, appends a kSession revocation for each of them and
  // one kUser revocation, all or nothing. kDeleted frees the address, and takes password and roles
  // away. A login or refresh under way is either seen and ended, or finds the account closed.
  // kLastAdministrator, and nothing changed, where no other active account has the role "admin": of
  // two administrators who are closed at the same moment, one stays.
  // kDisabled finds only active and disabled accounts.
  virtual absl::StatusOr<AccountClosing> Close(base::UserId id, const Closing& closing,
                                               const AuditRecord& audit) = 0;

  // Makes a disabled account active again.
  virtual absl::StatusOr<AccountOpening> Enable(base::UserId id, absl::Time now,
                                                const AuditRecord& audit) = 0;

  // Makes those whose address is free, all in one statement; one result for each, in their order.
  // No two of `users` have one address.
  virtual absl::StatusOr<std::vector<ImportResult>> Import(const std::vector<ImportedUser>& users,
                                                           absl::Time now,
                                                           const AuditRecord& audit) = 0;

  // What is kept of one person, the account first, in an order that stays while nothing changes: at
  // most `limit` records after the first `skip`. Nothing for an id that never was.
  virtual absl::StatusOr<std::vector<KeptRecord>> Export(base::UserId id, int64_t skip,
                                                         int limit) = 0;

  // Close() to kDeleted, where it is not, and then everything that tells of the person goes.
  // `closing.status` is kErased. Every call writes `audit`, since it may find something to erase.
  virtual absl::StatusOr<AccountClosing> Erase(base::UserId id, const Closing& closing,
                                               const AuditRecord& audit) = 0;
};

}  // namespace signet::domain

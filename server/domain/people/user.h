#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/accounts/account.h"

namespace signet::domain {

// A person as administrators, and the person, see one. Of an erased one the id, the status and the
// times alone.
struct User {
  base::UserId id;
  std::string email;            // as it was spelled; of a deleted account the last one
  std::string canonical_email;  // empty once the account is deleted: the address is free
  std::string display_name;
  AccountStatus status = AccountStatus::kActive;
  std::vector<std::string> roles;
  bool has_password = false;  // false: imported without one, or deleted
  absl::Time created_at;
  absl::Time updated_at;
};

// Which people a list shows; every condition that is set has to hold.
struct UserFilter {
  std::string email_prefix;             // of the canonical address
  std::optional<AccountStatus> status;  // nothing: kActive and kDisabled
  std::string role;
  std::optional<absl::Time> created_from;    // inclusive
  std::optional<absl::Time> created_before;  // exclusive

  bool operator==(const UserFilter&) const = default;
};

// Where a page ended. Lists go from the newest account to the oldest, and with an e-mail prefix by
// canonical address: whichever an index gives in order, so that a page costs its own length.
struct UserPosition {
  absl::Time created_at;
  base::UserId id;
  std::string canonical_email;
};

// What an update may change: what is not here cannot be set by anybody's update, roles and status
// least of all.
struct UserChange {
  std::optional<std::string> display_name;
  // Both or none.
  std::optional<std::string> email;
  std::optional<std::string> canonical_email;
};

struct UserUpdate {
  enum class Outcome { kChanged, kUnknown, kEmailTaken };
  Outcome outcome = Outcome::kUnknown;
  User user;  // as it is now; of kChanged only
};

// How closing an account (disabling, deleting, erasing) ended.
struct AccountClosing {
  enum class Outcome {
    kUnknown = 0,
    kClosed = 1,
    kAlready = 2,  // it was closed like this before, and nothing changed
    kLastAdministrator = 3,
  };
  Outcome outcome = Outcome::kUnknown;
  int64_t ended_sessions = 0;
};

// An account to be made as another system had it.
struct ImportedUser {
  base::UserId id;
  std::string email;
  std::string canonical_email;
  std::string password_hash;  // as PasswordHasher reads it; empty: none
  std::string display_name;
  AccountStatus status = AccountStatus::kActive;  // or kDisabled
  absl::Time created_at;
};

struct ImportResult {
  bool inserted = false;
  // Of the account that has the address now; nothing where somebody else made it at this moment.
  std::optional<base::UserId> id;
};

enum class AccountOpening { kUnknown, kEnabled, kAlready };

}  // namespace signet::domain

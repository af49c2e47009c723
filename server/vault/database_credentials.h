#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/vault/vault_session.h"

namespace signet::vault {

// A role that Vault's database engine made for this process, until its lease ends.
struct DatabaseCredentials {
  std::string user;
  base::Secret password;
  std::string lease_id;
  absl::Duration first_life;
  absl::Time issued_at;
  absl::Time ends_at;
  bool renewable = false;
  int64_t login = 0;  // of the session: the lease ends with the token at the latest

  // Half of what was granted last is over.
  absl::Time due = absl::InfinitePast();
};

// New credentials by `role` of the database engine at `mount`. Errors as of VaultSession::Ask().
absl::StatusOr<DatabaseCredentials> IssueDatabaseCredentials(VaultSession& session,
                                                             absl::string_view mount,
                                                             absl::string_view role,
                                                             absl::Time now);

// Asks for the whole first life again. True: granted for at least half of that, and `credentials`
// say so. False: the longest life of the lease is near; it is time for new ones.
absl::StatusOr<bool> RenewDatabaseCredentials(VaultSession& session, absl::Time now,
                                              DatabaseCredentials& credentials);

}  // namespace signet::vault

#include "server/vault/database_credentials.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"

namespace signet::vault {

absl::StatusOr<DatabaseCredentials> IssueDatabaseCredentials(VaultSession& session,
                                                             absl::string_view mount,
                                                             absl::string_view role,
                                                             absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(
      const VaultAnswer answer,
      session.Ask(VaultMethod::kRead, absl::StrCat(mount, "/creds/", role), {}));
  auto user = answer.Text("/data/username");
  auto password = answer.Text("/data/password");
  const auto lease = answer.Text("/lease_id");
  if (!user || !password || !lease) {
    return absl::UnavailableError("Vault's database engine answered without name and password");
  }
  DatabaseCredentials credentials;
  credentials.user = std::string(user->reveal());
  credentials.password = *std::move(password);
  credentials.lease_id = std::string(lease->reveal());
  credentials.first_life = answer.Lease("/lease_duration");
  credentials.issued_at = now;
  credentials.ends_at = now + credentials.first_life;
  credentials.due = now + credentials.first_life / 2;
  credentials.renewable = answer.Flag("/renewable");
  credentials.login = session.logins();
  return credentials;
}

absl::StatusOr<bool> RenewDatabaseCredentials(VaultSession& session, absl::Time now,
                                              DatabaseCredentials& credentials) {
  if (!credentials.renewable) return false;
  const auto answer = session.Ask(VaultMethod::kWrite, "sys/leases/renew",
                                  TextMembers({{"lease_id", credentials.lease_id}}));
  if (absl::IsUnavailable(answer.status())) return answer.status();
  if (!answer.ok()) return false;  // it knows the lease no more
  const absl::Duration granted = answer->Lease("/lease_duration");
  credentials.ends_at = now + granted;
  if (granted * 2 < credentials.first_life) return false;
  credentials.due = now + granted / 2;
  return true;
}

}  // namespace signet::vault

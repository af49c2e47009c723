#include "server/vault/kv_secret.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"

namespace signet::vault {

absl::StatusOr<base::Secret> ReadKvSecret(VaultSession& session, absl::string_view mount,
                                          absl::string_view name, absl::string_view field) {
  const std::string path = absl::StrCat(mount, "/data/", name);
  SIGNET_ASSIGN_OR_RETURN(const VaultAnswer answer, session.Ask(VaultMethod::kRead, path, {}));
  auto value = answer.Text(absl::StrCat("/data/data/", field));
  if (value) return *std::move(value);
  return absl::NotFoundError(
      absl::StrCat("Vault's secret ", path, " has no text in the field ", field));
}

}  // namespace signet::vault

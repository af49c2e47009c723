#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/vault/vault_session.h"

namespace signet::vault {

// The text in `field` of the newest version of secret `name` (it may hold slashes) of a KV engine,
// version 2, at `mount`. NOT_FOUND: no such secret, one that was deleted, or no such field in it;
// otherwise as VaultSession::Ask().
absl::StatusOr<base::Secret> ReadKvSecret(VaultSession& session, absl::string_view mount,
                                          absl::string_view name, absl::string_view field);

}  // namespace signet::vault

#pragma once

#include <string>

#include "server/domain/ports/remote_seal.h"
#include "server/vault/vault_session.h"

namespace signet::vault {

// A key of Vault's transit engine (aes256-gcm96), which seals and opens there. The context goes
// along as associated data, so Vault opens nothing that was moved. Newer versions of the key seal,
// older ones go on opening: it is rotated in Vault.
class TransitSeal final : public domain::RemoteSeal {
 public:
  // `session` outlives it.
  TransitSeal(VaultSession& session, absl::string_view mount, absl::string_view key);

  const std::string& id() const override { return id_; }
  absl::StatusOr<std::string> Seal(const base::Secret& plaintext,
                                   absl::string_view context) const override;
  absl::StatusOr<base::Secret> Open(absl::string_view sealed,
                                    absl::string_view context) const override;

 private:
  VaultSession& session_;
  const std::string encrypt_;
  const std::string decrypt_;
  const std::string id_;
};

}  // namespace signet::vault

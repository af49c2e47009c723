#include "server/signing/server_secret.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"

namespace signet::signing {
namespace {

constexpr size_t kSize = 32;

}  // namespace

std::string ServerSecretContext(absl::string_view name) {
  return absl::StrCat("signet server secret v1\n", name);
}

absl::StatusOr<base::Secret> LoadServerSecret(domain::SigningKeyStore& store,
                                              const KeyEncryptionKey& kek, absl::string_view name) {
  const std::string context = ServerSecretContext(name);
  domain::SigningKeyStore::SealedSecret candidate;
  candidate.kek_id = kek.id();
  SIGNET_ASSIGN_OR_RETURN(candidate.sealed,
                          kek.Seal(base::Secret(base::RandomBytes(kSize)), context));
  SIGNET_ASSIGN_OR_RETURN(const auto stored, store.GetOrInsertSecret(name, candidate));
  if (stored.kek_id != kek.id()) {
    return absl::FailedPreconditionError(
        absl::StrCat("server secret ", name, " is sealed under key-encryption key ", stored.kek_id,
                     ", but this process was given ", kek.id()));
  }
  auto secret = kek.Open(stored.sealed, context);
  // Whoever keeps the key may be not to be had; that is no damage.
  if (!secret.ok() && !absl::IsDataLoss(secret.status())) return secret.status();
  if (!secret.ok() || secret->size() != kSize) {
    return absl::DataLossError(absl::StrCat("server secret ", name,
                                            " cannot be unsealed with key-encryption key ",
                                            stored.kek_id, ": the row was changed or moved"));
  }
  return secret;
}

}  // namespace signet::signing

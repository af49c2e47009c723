#include "server/signing/totp_seal.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/crypto/aead.h"
#include "server/signing/server_secret.h"

namespace signet::signing {
namespace {

std::string ContextOf(base::UserId user) {
  return absl::StrCat("signet totp secret v1\n", user.ToString());
}

}  // namespace

absl::StatusOr<std::unique_ptr<AeadTotpSealer>> AeadTotpSealer::Create(
    domain::SigningKeyStore& store, const KeyEncryptionKey& kek) {
  SIGNET_ASSIGN_OR_RETURN(base::Secret key, LoadServerSecret(store, kek, kSecretName));
  return std::unique_ptr<AeadTotpSealer>(new AeadTotpSealer(std::move(key)));
}

absl::StatusOr<std::string> AeadTotpSealer::Seal(base::UserId user,
                                                 const base::Secret& secret) const {
  return crypto::Seal(key_, secret.reveal(), ContextOf(user));
}

absl::StatusOr<base::Secret> AeadTotpSealer::Open(base::UserId user,
                                                  absl::string_view sealed) const {
  return crypto::Open(key_, sealed, ContextOf(user));
}

}  // namespace signet::signing

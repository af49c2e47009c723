#include "server/signing/key_voucher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/crypto/digest.h"
#include "server/signing/server_secret.h"

namespace signet::signing {

absl::StatusOr<std::shared_ptr<const KeyVoucher>> KeyVoucher::Create(domain::SigningKeyStore& store,
                                                                     const KeyEncryptionKey& kek) {
  SIGNET_ASSIGN_OR_RETURN(base::Secret key, LoadServerSecret(store, kek, kSecretName));
  return std::make_shared<const KeyVoucher>(std::move(key));
}

// Neither a kid nor an algorithm holds a line feed: no two records make one message.
std::string KeyVoucher::MacOf(const domain::SigningKeyRecord& record) const {
  const std::string message = absl::StrCat("signet public half v1\n", record.kid, "\n",
                                           record.algorithm, "\n", record.public_jwk);
  return std::string(crypto::DigestView(crypto::HmacSha256(key_.reveal(), message)));
}

bool KeyVoucher::VouchesFor(const domain::SigningKeyRecord& record) const {
  return base::ConstantTimeEquals(MacOf(record), record.public_mac);
}

}  // namespace signet::signing

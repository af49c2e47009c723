#include "server/signing/successor_deriver.h"

#include <utility>

#include <openssl/crypto.h>

#include "client/base/big_endian.h"
#include "client/base/status_macros.h"
#include "client/crypto/digest.h"
#include "server/signing/server_secret.h"

namespace signet::signing {
namespace {

// What this HMAC is for: the same key must never answer for another purpose.
constexpr absl::string_view kLabel = "signet lineage successor v1";

// With its length before it, so that no two lists of fields make one message.
void AppendField(absl::string_view field, std::string& out) {
  base::AppendBigEndian(field.size(), 4, out);
  out.append(field.data(), field.size());
}

}  // namespace

HmacSuccessorDeriver::HmacSuccessorDeriver(base::Secret key) : key_(std::move(key)) {}

absl::StatusOr<std::unique_ptr<HmacSuccessorDeriver>> HmacSuccessorDeriver::Create(
    domain::SigningKeyStore& store, const KeyEncryptionKey& kek) {
  SIGNET_ASSIGN_OR_RETURN(base::Secret key, LoadServerSecret(store, kek, kSecretName));
  return std::unique_ptr<HmacSuccessorDeriver>(new HmacSuccessorDeriver(std::move(key)));
}

base::Secret HmacSuccessorDeriver::Derive(absl::string_view session_id_bytes,
                                          int32_t parent_generation,
                                          const base::Secret& parent_secret) const {
  std::string message;
  message.reserve(kLabel.size() + session_id_bytes.size() + parent_secret.size() + 16);
  AppendField(kLabel, message);
  AppendField(session_id_bytes, message);
  base::AppendBigEndian(static_cast<uint32_t>(parent_generation), 4, message);
  AppendField(parent_secret.reveal(), message);
  crypto::Sha256Digest digest = crypto::HmacSha256(key_.reveal(), message);
  base::Secret successor(crypto::DigestView(digest));
  OPENSSL_cleanse(digest.data(), digest.size());
  base::Wipe(message);
  return successor;
}

}  // namespace signet::signing

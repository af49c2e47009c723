#include "server/signing/sealed_key.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/token/jwk.h"
#include "client/token/key_set.h"

namespace signet::signing {
namespace {

absl::Status Damaged(const domain::SigningKeyRecord& record) {
  return absl::DataLossError(absl::StrCat("signing key ", record.kid,
                                          " cannot be unsealed with key-encryption key ",
                                          record.kek_id, ": the row was changed or moved"));
}

}  // namespace

// Neither a kid nor an algorithm holds a line feed: no two pairs have one context.
std::string SigningKeyContext(absl::string_view kid, absl::string_view algorithm) {
  return absl::StrCat("signet signing key v1\n", kid, "\n", algorithm);
}

absl::StatusOr<domain::SigningKeyRecord> SealKey(const KeyEncryptionKey& kek, absl::string_view kid,
                                                 const crypto::SigningKey& key) {
  domain::SigningKeyRecord record;
  record.kid = std::string(kid);
  record.algorithm = std::string(crypto::AlgorithmName(key.algorithm()));
  record.state = domain::KeyState::kPrepared;
  record.public_jwk = token::WriteJwk(kid, key.verifying_key());
  record.kek_id = kek.id();
  SIGNET_ASSIGN_OR_RETURN(const base::Secret der, key.ToPkcs8());
  SIGNET_ASSIGN_OR_RETURN(record.sealed_private,
                          kek.Seal(der, SigningKeyContext(kid, record.algorithm)));
  return record;
}

absl::StatusOr<crypto::SigningKey> OpenKey(const KeyEncryptionKey& kek,
                                           const domain::SigningKeyRecord& record) {
  if (record.kek_id != kek.id()) {
    return absl::FailedPreconditionError(
        absl::StrCat("signing key ", record.kid, " is sealed under key-encryption key ",
                     record.kek_id, ", but this process was given ", kek.id()));
  }
  const std::optional<crypto::Algorithm> algorithm = crypto::ParseAlgorithm(record.algorithm);
  if (!algorithm) return Damaged(record);
  auto der = kek.Open(record.sealed_private, SigningKeyContext(record.kid, record.algorithm));
  if (absl::IsDataLoss(der.status())) return Damaged(record);
  SIGNET_RETURN_IF_ERROR(der.status());  // whoever keeps the key is not to be had
  auto key = crypto::SigningKey::FromPkcs8(*algorithm, *der);
  if (!key.ok()) return Damaged(record);
  return key;
}

absl::Status ProveKey(const KeyEncryptionKey& kek, const domain::SigningKeyRecord& record) {
  SIGNET_ASSIGN_OR_RETURN(const crypto::SigningKey key, OpenKey(kek, record));
  const std::string message = absl::StrCat("signet self-test of ", record.kid);
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, key.Sign(message));
  const auto published = token::ParseKeySet(absl::StrCat("{\"keys\":[", record.public_jwk, "]}"));
  const token::KeySet::Key* as_published = published.ok() ? published->Find(record.kid) : nullptr;
  if (as_published == nullptr || !as_published->key.Verify(message, signature)) {
    return absl::DataLossError(absl::StrCat("signing key ", record.kid,
                                            " does not sign what its stored public half verifies"));
  }
  return absl::OkStatus();
}

}  // namespace signet::signing

#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

// Seals mails (addresses, reset tokens) by AES-256-GCM under one key that all replicas share: 32
// random bytes, made by the first one, sealed in the store under the name "mail-outbox-v1". User,
// id and kind are the context, so that no sealed mail can be moved to another person or be sent
// under another template. One key seals at most 2^32 mails. Immutable, thread-safe.
class AeadMailSealer final : public domain::MailSealer {
 public:
  static constexpr absl::string_view kSecretName = "mail-outbox-v1";

  // Reads the key, or makes it. Errors as HmacSuccessorDeriver::Create.
  static absl::StatusOr<std::unique_ptr<AeadMailSealer>> Create(domain::SigningKeyStore& store,
                                                                const KeyEncryptionKey& kek);

  bool configured() const override { return true; }
  domain::MailRow Seal(const domain::OutgoingMail& mail, absl::Time now) const override;
  absl::StatusOr<domain::OutgoingMail> Open(const domain::MailRow& row) const override;

 private:
  explicit AeadMailSealer(base::Secret key) : key_(std::move(key)) {}

  const base::Secret key_;
};

}  // namespace signet::signing

#include "server/signing/mail_seal.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/crypto/aead.h"
#include "server/domain/mail/mail_content.h"
#include "server/signing/server_secret.h"

namespace signet::signing {
namespace {

std::string ContextOf(const domain::MailRow& row) {
  return absl::StrCat("signet mail v1\n", row.user_id.ToString(), row.id.ToString(),
                      static_cast<int>(row.kind));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AeadMailSealer>> AeadMailSealer::Create(
    domain::SigningKeyStore& store, const KeyEncryptionKey& kek) {
  SIGNET_ASSIGN_OR_RETURN(base::Secret key, LoadServerSecret(store, kek, kSecretName));
  return std::unique_ptr<AeadMailSealer>(new AeadMailSealer(std::move(key)));
}

domain::MailRow AeadMailSealer::Seal(const domain::OutgoingMail& mail, absl::Time now) const {
  domain::MailRow row;
  row.user_id = mail.user_id;
  row.id = base::Uuid::NewV7(now);
  row.kind = mail.kind;
  row.created_at = now;
  row.due_at = now;
  auto sealed = crypto::Seal(key_, domain::EncodeMailContent(mail).reveal(), ContextOf(row));
  if (!sealed.ok()) {
    // The key has its length: what is left is an OpenSSL that cannot encrypt. Going on would lose
    // the mail.
    std::fprintf(stderr, "mail: cannot seal\n");
    std::abort();
  }
  row.sealed = *std::move(sealed);
  return row;
}

absl::StatusOr<domain::OutgoingMail> AeadMailSealer::Open(const domain::MailRow& row) const {
  SIGNET_ASSIGN_OR_RETURN(const base::Secret content,
                          crypto::Open(key_, row.sealed, ContextOf(row)));
  auto mail = domain::DecodeMailContent(content.reveal());
  if (!mail) return absl::DataLossError("a sealed mail is no list of fields");
  mail->kind = row.kind;
  mail->user_id = row.user_id;
  return *std::move(mail);
}

}  // namespace signet::signing

#include "server/pkcs11/hardware_seal.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"

namespace signet::pkcs11 {
namespace {

// version || IV || ciphertext || tag
constexpr char kVersion = 1;
constexpr size_t kIvSize = 12;

// What no new session helps against.
bool IsRefusal(CK_RV value) {
  switch (value) {
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_KEY_SIZE_RANGE:
    case CKR_FUNCTION_NOT_SUPPORTED:
      return true;
    default:
      return false;
  }
}

absl::Status Refused(const KeyUri& uri, absl::string_view what, CK_RV value) {
  return absl::FailedPreconditionError(absl::StrCat("pkcs11.uri: the token does not let key ",
                                                    uri.id(), " ", what,
                                                    " by CKM_AES_GCM: ", DescribeValue(value)));
}

}  // namespace

HardwareSeal::HardwareSeal(std::string module, KeyUri uri, base::Secret pin)
    : module_(std::move(module)), uri_(std::move(uri)), pin_(std::move(pin)) {}

absl::Status HardwareSeal::Begin() {
  base::MutexLock lock(mutex_);
  SIGNET_RETURN_IF_ERROR(Connect());
  const absl::Status proved = Prove();
  if (!proved.ok()) session_.reset();
  return proved;
}

bool HardwareSeal::extractable() const {
  base::MutexLock lock(mutex_);
  return session_ != nullptr && session_->extractable();
}

absl::Status HardwareSeal::Connect() const {
  if (session_ != nullptr) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(pin_refused_);
  auto begun = KeySession::Begin(module_, uri_, pin_);
  if (IsPinRefused(begun.status())) pin_refused_ = begun.status();
  SIGNET_RETURN_IF_ERROR(begun.status());
  session_ = *std::move(begun);
  return absl::OkStatus();
}

absl::Status HardwareSeal::Reconnect() const {
  session_.reset();  // some modules find hardware anew at their start alone
  return Connect();
}

absl::Status HardwareSeal::Prove() const {
  constexpr char kContext[] = "signet self-test";
  const std::string secret = base::RandomBytes(32);
  SIGNET_ASSIGN_OR_RETURN(const std::string sealed, SealHere(secret, kContext));
  base::Secret opened;
  const CK_RV value = session_->Decrypt(absl::string_view(sealed).substr(1 + kIvSize), kContext,
                                        sealed.substr(1, kIvSize), opened);
  if (IsRefusal(value)) return Refused(uri_, "decrypt", value);
  if (value == CKR_OK && opened.reveal() == secret) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the hardware module does not open what it sealed: ", DescribeValue(value)));
}

absl::StatusOr<std::string> HardwareSeal::SealHere(absl::string_view plaintext,
                                                   absl::string_view context) const {
  std::string iv = base::RandomBytes(kIvSize);
  std::string ciphertext;
  const CK_RV value = session_->Encrypt(plaintext, context, iv, ciphertext);
  if (IsRefusal(value)) return Refused(uri_, "encrypt", value);
  if (value != CKR_OK) {
    return absl::UnavailableError(
        absl::StrCat("the hardware module does not seal: ", DescribeValue(value)));
  }
  if (ciphertext.size() != plaintext.size() + kTagSize) {
    return absl::UnavailableError("the hardware module's ciphertext has another size");
  }
  return absl::StrCat(std::string(1, kVersion), iv, ciphertext);
}

absl::StatusOr<std::string> HardwareSeal::Seal(const base::Secret& plaintext,
                                               absl::string_view context) const {
  base::MutexLock lock(mutex_);
  const bool had_session = session_ != nullptr;
  SIGNET_RETURN_IF_ERROR(Connect());
  auto sealed = SealHere(plaintext.reveal(), context);
  if (!absl::IsUnavailable(sealed.status())) return sealed;
  // A session that nobody asked for weeks may have ended: a new one is worth one attempt.
  if (had_session) {
    SIGNET_RETURN_IF_ERROR(Reconnect());
    sealed = SealHere(plaintext.reveal(), context);
  }
  if (!sealed.ok()) session_.reset();
  return sealed;
}

absl::StatusOr<base::Secret> HardwareSeal::Open(absl::string_view sealed,
                                                absl::string_view context) const {
  const absl::Status damaged = absl::DataLossError("not sealed by this key of the hardware module");
  if (sealed.size() < 1 + kIvSize + kTagSize || sealed.front() != kVersion) return damaged;
  const std::string iv(sealed.substr(1, kIvSize));
  const absl::string_view ciphertext = sealed.substr(1 + kIvSize);

  base::MutexLock lock(mutex_);
  SIGNET_RETURN_IF_ERROR(Connect());
  base::Secret plaintext;
  CK_RV value = session_->Decrypt(ciphertext, context, iv, plaintext);
  if (value == CKR_ENCRYPTED_DATA_INVALID) return damaged;
  if (value != CKR_OK) {
    // Modules have no common value for a tag that does not match (SoftHSM: CKR_GENERAL_ERROR). If
    // it goes on over a new session, and that one is sound, it was the data.
    SIGNET_RETURN_IF_ERROR(Reconnect());
    value = session_->Decrypt(ciphertext, context, iv, plaintext);
  }
  if (value == CKR_OK) return plaintext;
  const absl::Status proved = Prove();
  if (proved.ok()) return damaged;
  session_.reset();
  return proved;
}

}  // namespace signet::pkcs11

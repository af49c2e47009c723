#include "server/pkcs11/key_session.h"

#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/status_macros.h"

namespace signet::pkcs11 {
namespace {

constexpr char kPinRefused[] = "signet/pkcs11-pin-refused";
constexpr CK_ULONG kKeySize = 32;

unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

absl::Status PinRefused(absl::string_view message) {
  absl::Status status = absl::FailedPreconditionError(message);
  status.SetPayload(kPinRefused, absl::Cord());
  return status;
}

absl::Status Failed(absl::string_view function, CK_RV value) {
  return absl::UnavailableError(
      absl::StrCat("the hardware module fails at ", function, ": ", DescribeValue(value)));
}

CK_MECHANISM Gcm(absl::string_view context, std::string& iv, CK_GCM_PARAMS& parameters) {
  parameters = {};
  parameters.pIv = Bytes(iv);
  parameters.ulIvLen = iv.size();
  parameters.ulIvBits = 8 * iv.size();
  parameters.pAAD = Bytes(context);
  parameters.ulAADLen = context.size();
  parameters.ulTagBits = 8 * kTagSize;
  return {CKM_AES_GCM, &parameters, sizeof parameters};
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

}  // namespace

std::string DescribeValue(CK_RV value) {
  return absl::StrCat(p11_kit_strerror(value), " (0x", absl::Hex(value), ")");
}

bool IsPinRefused(const absl::Status& status) { return status.GetPayload(kPinRefused).has_value(); }

absl::StatusOr<std::unique_ptr<KeySession>> KeySession::Begin(const std::string& module,
                                                              const KeyUri& uri,
                                                              const base::Secret& pin) {
  CK_FUNCTION_LIST* const loaded = p11_kit_module_load(module.c_str(), P11_KIT_MODULE_CRITICAL);
  if (loaded == nullptr) {
    const char* const why = p11_kit_message();
    return absl::FailedPreconditionError(
        absl::StrCat("pkcs11.module: ", module,
                     " cannot be loaded: ", why == nullptr ? "no PKCS #11 module" : why));
  }
  auto session = absl::WrapUnique(new KeySession(loaded));
  const CK_RV started = p11_kit_module_initialize(loaded);
  if (started != CKR_OK) {
    return absl::UnavailableError(absl::StrCat(
        "pkcs11.module: ", module, " does not start: ", DescribeValue(started),
        "; look whether its own configuration, and the place of its tokens, is there and may be "
        "read by this user"));
  }
  session->initialized_ = true;
  SIGNET_RETURN_IF_ERROR(session->FindToken(uri));
  SIGNET_RETURN_IF_ERROR(session->LogIn(pin));
  SIGNET_RETURN_IF_ERROR(session->FindKey(uri));
  SIGNET_RETURN_IF_ERROR(session->CheckKey(uri));
  return session;
}

KeySession::~KeySession() {
  if (session_ != CK_INVALID_HANDLE) module_->C_CloseSession(session_);
  if (initialized_) p11_kit_module_finalize(module_);
  p11_kit_module_release(module_);
}

absl::Status KeySession::FindToken(const KeyUri& uri) {
  CK_ULONG count = 0;
  CK_RV value = module_->C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (value == CKR_OK) value = module_->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (value != CKR_OK) return Failed("C_GetSlotList", value);
  slots.resize(count);
  std::vector<std::string> seen;
  int matching = 0;
  for (const CK_SLOT_ID slot : slots) {
    CK_SLOT_INFO info = {};
    CK_TOKEN_INFO token = {};
    if (module_->C_GetSlotInfo(slot, &info) != CKR_OK) continue;
    if (module_->C_GetTokenInfo(slot, &token) != CKR_OK) continue;
    if ((token.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    seen.push_back(Quoted(Unpadded(token.label)));
    if (!uri.Matches(slot, info, token)) continue;
    ++matching;
    slot_ = slot;
    token_ = token;
  }
  if (matching == 1) return absl::OkStatus();
  if (seen.empty()) {
    return absl::UnavailableError(
        "pkcs11.module shows no token: it is not initialized, or the hardware cannot be reached");
  }
  if (matching == 0) {
    return absl::NotFoundError(absl::StrCat("pkcs11.uri: no token is the one of ", uri.id(),
                                            "; there is ", absl::StrJoin(seen, ", ")));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "pkcs11.uri: ", matching, " tokens are the one of ", uri.id(), ": add serial= to it"));
}

absl::Status KeySession::LogIn(const base::Secret& pin) {
  CK_RV value = module_->C_OpenSession(slot_, CKF_SERIAL_SESSION, nullptr, nullptr, &session_);
  if (value != CKR_OK) {
    session_ = CK_INVALID_HANDLE;
    return Failed("C_OpenSession", value);
  }
  if ((token_.flags & CKF_LOGIN_REQUIRED) == 0) return absl::OkStatus();
  const std::string token = Quoted(Unpadded(token_.label));
  if (pin.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("pkcs11.pin is required, as token ", token,
                                                      " wants a login: set pkcs11.pin_file"));
  }
  if ((token_.flags & CKF_USER_PIN_LOCKED) != 0) {
    return PinRefused(absl::StrCat("token ", token,
                                   " is locked after wrong PINs: its security officer can set a "
                                   "new one, for pkcs11.pin_file"));
  }
  if ((token_.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    return PinRefused(absl::StrCat(
        "one more wrong PIN would lock token ", token,
        ", so pkcs11.pin is not tried: log in to it once by another program, by the right PIN"));
  }
  value = module_->C_Login(session_, CKU_USER, Bytes(pin.reveal()), pin.size());
  switch (value) {
    case CKR_OK:
    case CKR_USER_ALREADY_LOGGED_IN:
      return absl::OkStatus();
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_EXPIRED:
    case CKR_PIN_LOCKED:
      return PinRefused(absl::StrCat("pkcs11.pin is refused by token ", token, ": ",
                                     DescribeValue(value),
                                     "; it is not tried again, because tokens lock"));
    default:
      return Failed("C_Login", value);
  }
}

absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> KeySession::Find(std::vector<CK_ATTRIBUTE> wanted) {
  CK_RV value = module_->C_FindObjectsInit(session_, wanted.data(), wanted.size());
  if (value != CKR_OK) return Failed("C_FindObjectsInit", value);
  std::vector<CK_OBJECT_HANDLE> found(2);
  CK_ULONG count = 0;
  value = module_->C_FindObjects(session_, found.data(), found.size(), &count);
  module_->C_FindObjectsFinal(session_);
  if (value != CKR_OK) return Failed("C_FindObjects", value);
  found.resize(count);
  return found;
}

absl::Status KeySession::FindKey(const KeyUri& uri) {
  CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
  CK_BBOOL yes = CK_TRUE;
  std::vector<CK_ATTRIBUTE> wanted(uri.attributes().begin(), uri.attributes().end());
  wanted.push_back({CKA_TOKEN, &yes, sizeof yes});
  const std::vector<CK_ATTRIBUTE> any = wanted;
  wanted.push_back({CKA_CLASS, &kind, sizeof kind});
  SIGNET_ASSIGN_OR_RETURN(const auto keys, Find(wanted));
  if (keys.size() > 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("pkcs11.uri: several keys are ", uri.id(), ": add id= to it"));
  }
  if (keys.size() == 1) {
    key_ = keys.front();
    return absl::OkStatus();
  }
  SIGNET_ASSIGN_OR_RETURN(const auto others, Find(any));
  if (!others.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("pkcs11.uri: ", uri.id(),
                     " is no secret key: an AES key of 256 bits is "
                     "needed"));
  }
  return absl::NotFoundError(absl::StrCat("pkcs11.uri: there is no key ", uri.id(),
                                          ", or this PIN does not show it: make an AES key of 256 "
                                          "bits there (docs/installing.md)"));
}

absl::Status KeySession::CheckKey(const KeyUri& uri) {
  CK_KEY_TYPE type = 0;
  CK_ULONG size = 0;
  CK_BBOOL extractable = CK_TRUE;
  CK_ATTRIBUTE kind = {CKA_KEY_TYPE, &type, sizeof type};
  CK_RV value = module_->C_GetAttributeValue(session_, key_, &kind, 1);
  if (value != CKR_OK) return Failed("C_GetAttributeValue", value);
  // Asked one by one: other types than AES have no length.
  CK_ATTRIBUTE length = {CKA_VALUE_LEN, &size, sizeof size};
  if (type == CKK_AES) module_->C_GetAttributeValue(session_, key_, &length, 1);
  if (type != CKK_AES || size != kKeySize) {
    return absl::FailedPreconditionError(
        absl::StrCat("pkcs11.uri: ", uri.id(), " is no AES key of 256 bits",
                     size != 0 ? absl::StrCat(", but one of ", 8 * size) : ""));
  }
  // What does not say so may be extractable.
  CK_ATTRIBUTE leaves = {CKA_EXTRACTABLE, &extractable, sizeof extractable};
  if (module_->C_GetAttributeValue(session_, key_, &leaves, 1) != CKR_OK) extractable = CK_TRUE;
  extractable_ = extractable != CK_FALSE;
  return absl::OkStatus();
}

CK_RV KeySession::Encrypt(absl::string_view plaintext, absl::string_view context, std::string& iv,
                          std::string& ciphertext) {
  CK_GCM_PARAMS parameters;
  CK_MECHANISM mechanism = Gcm(context, iv, parameters);
  CK_RV value = module_->C_EncryptInit(session_, &mechanism, key_);
  if (value != CKR_OK) return value;
  ciphertext.assign(plaintext.size() + kTagSize, '\0');
  CK_ULONG size = ciphertext.size();
  value =
      module_->C_Encrypt(session_, Bytes(plaintext), plaintext.size(), Bytes(ciphertext), &size);
  if (value == CKR_OK) ciphertext.resize(size);
  return value;
}

CK_RV KeySession::Decrypt(absl::string_view ciphertext, absl::string_view context, std::string iv,
                          base::Secret& plaintext) {
  CK_GCM_PARAMS parameters;
  CK_MECHANISM mechanism = Gcm(context, iv, parameters);
  CK_RV value = module_->C_DecryptInit(session_, &mechanism, key_);
  if (value != CKR_OK) return value;
  // As long as the ciphertext: some modules look at the room before they look at the tag.
  std::string opened(ciphertext.size(), '\0');
  CK_ULONG size = opened.size();
  value = module_->C_Decrypt(session_, Bytes(ciphertext), ciphertext.size(), Bytes(opened), &size);
  if (value == CKR_OK) plaintext = base::Secret(absl::string_view(opened).substr(0, size));
  base::Wipe(opened);
  return value;
}

}  // namespace signet::pkcs11

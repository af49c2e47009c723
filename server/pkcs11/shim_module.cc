// A module of PKCS #11 that is SoftHSM, but for what the test asks of it: the ways in which
// hardware differs. p11-kit loads it; the test finds the same copy by dlopen().
#include "server/pkcs11/shim_module.h"

#include <cstring>

#include <dlfcn.h>

namespace {

signet::pkcs11::Shim shim;
CK_FUNCTION_LIST* softhsm = nullptr;
CK_FUNCTION_LIST functions;

CK_RV GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  const CK_RV value = softhsm->C_GetTokenInfo(slot, info);
  if (value == CKR_OK) info->flags |= shim.token_flags;
  return value;
}

CK_RV Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG size) {
  ++shim.logins;
  return softhsm->C_Login(session, user, pin, size);
}

// Hardware that chooses IVs itself writes its own over the caller's.
CK_RV EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  if (shim.chooses_iv) {
    auto* const parameters = static_cast<CK_GCM_PARAMS*>(mechanism->pParameter);
    std::memset(parameters->pIv, ++shim.ivs_chosen, parameters->ulIvLen);
  }
  return softhsm->C_EncryptInit(session, mechanism, key);
}

CK_RV Encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out,
              CK_ULONG_PTR out_size) {
  if (shim.failures > 0) {
    --shim.failures;
    softhsm->C_Encrypt(session, data, size, out, out_size);  // the operation is over
    return shim.failure;
  }
  return softhsm->C_Encrypt(session, data, size, out, out_size);
}

CK_RV Decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out,
              CK_ULONG_PTR out_size) {
  const CK_RV value = softhsm->C_Decrypt(session, data, size, out, out_size);
  if (shim.failures == 0) return value;
  --shim.failures;
  return shim.failure;
}

}  // namespace

extern "C" signet::pkcs11::Shim* SignetShim() { return &shim; }

extern "C" CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (softhsm == nullptr) {
    void* const library = dlopen(signet::pkcs11::kSoftHsm, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return CKR_GENERAL_ERROR;
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
    if (get(&softhsm) != CKR_OK) return CKR_GENERAL_ERROR;
    functions = *softhsm;
    functions.C_GetFunctionList = C_GetFunctionList;
    functions.C_GetTokenInfo = GetTokenInfo;
    functions.C_Login = Login;
    functions.C_EncryptInit = EncryptInit;
    functions.C_Encrypt = Encrypt;
    functions.C_Decrypt = Decrypt;
  }
  *list = &functions;
  return CKR_OK;
}

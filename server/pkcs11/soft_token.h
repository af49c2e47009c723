#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <p11-kit/p11-kit.h>

#include "absl/strings/str_cat.h"
#include "server/pkcs11/key_uri.h"
#include "server/pkcs11/shim_module.h"

namespace signet::pkcs11 {

// Tokens of SoftHSM in a directory of their own, which the environment names from now on. Used by
// one thread, before anything else in the process uses SoftHSM: it reads the environment at its
// start. Ends the process where SoftHSM does not do as it is told.
class SoftTokens {
 public:
  static constexpr char kPin[] = "canary-4711";

  struct KeySpec {
    std::string label = "kek";
    CK_MECHANISM_TYPE mechanism = CKM_AES_KEY_GEN;
    CK_ULONG size = 32;  // 0: the type has one size
    bool extractable = false;
    bool may_decrypt = true;
    std::string id = "\x01";
  };

  SoftTokens() {
    std::string pattern = std::filesystem::temp_directory_path() / "softhsm-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    directory_ = pattern;
    std::filesystem::create_directory(tokens());
    std::ofstream(configuration())
        << "directories.tokendir = " << tokens() << "\nobjectstore.backend = file\n";
    setenv("SOFTHSM2_CONF", configuration().c_str(), 1);
  }
  ~SoftTokens() { std::filesystem::remove_all(directory_); }
  SoftTokens(const SoftTokens&) = delete;
  SoftTokens& operator=(const SoftTokens&) = delete;

  std::string configuration() const { return directory_ + "/softhsm2.conf"; }
  std::string tokens() const { return directory_ + "/tokens"; }

  void MakeToken(const std::string& label) const {
    const std::string command = absl::StrCat("softhsm2-util --init-token --free --label '", label,
                                             "' --pin ", kPin, " --so-pin 12345678 >/dev/null");
    if (std::system(command.c_str()) != 0) std::abort();
  }

  void MakeKey(const std::string& token, const KeySpec& spec) const {
    CK_FUNCTION_LIST* const module = p11_kit_module_load(kSoftHsm, P11_KIT_MODULE_CRITICAL);
    Check(module == nullptr ? CKR_GENERAL_ERROR : p11_kit_module_initialize(module));
    CK_SESSION_HANDLE session = 0;
    Check(module->C_OpenSession(SlotOf(*module, token), CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                nullptr, nullptr, &session));
    std::string pin = kPin;
    Check(module->C_Login(session, CKU_USER, Bytes(pin), pin.size()));
    std::string label = spec.label;
    std::string id = spec.id;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    CK_BBOOL extractable = spec.extractable ? CK_TRUE : CK_FALSE;
    CK_BBOOL decrypts = spec.may_decrypt ? CK_TRUE : CK_FALSE;
    CK_ULONG size = spec.size;
    std::vector<CK_ATTRIBUTE> form = {{CKA_TOKEN, &yes, sizeof yes},
                                      {CKA_PRIVATE, &yes, sizeof yes},
                                      {CKA_LABEL, label.data(), label.size()},
                                      {CKA_ID, id.data(), id.size()}};
    CK_MECHANISM mechanism = {spec.mechanism, nullptr, 0};
    CK_OBJECT_HANDLE made = 0;
    if (spec.mechanism == CKM_RSA_PKCS_KEY_PAIR_GEN) {
      CK_ULONG bits = 2048;
      std::vector<CK_ATTRIBUTE> open_form = {{CKA_TOKEN, &yes, sizeof yes},
                                             {CKA_PRIVATE, &no, sizeof no},
                                             {CKA_MODULUS_BITS, &bits, sizeof bits}};
      CK_OBJECT_HANDLE open_half = 0;
      Check(module->C_GenerateKeyPair(session, &mechanism, open_form.data(), open_form.size(),
                                      form.data(), form.size(), &open_half, &made));
    } else {
      form.push_back({CKA_ENCRYPT, &yes, sizeof yes});
      form.push_back({CKA_DECRYPT, &decrypts, sizeof decrypts});
      form.push_back({CKA_SENSITIVE, &yes, sizeof yes});
      form.push_back({CKA_EXTRACTABLE, &extractable, sizeof extractable});
      if (size != 0) form.push_back({CKA_VALUE_LEN, &size, sizeof size});
      Check(module->C_GenerateKey(session, &mechanism, form.data(), form.size(), &made));
    }
    p11_kit_module_finalize(module);
    p11_kit_module_release(module);
  }

  static CK_SLOT_ID SlotOf(const CK_FUNCTION_LIST& module, const std::string& token) {
    std::vector<CK_SLOT_ID> slots(16);
    CK_ULONG count = slots.size();
    Check(module.C_GetSlotList(CK_TRUE, slots.data(), &count));
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info = {};
      Check(module.C_GetTokenInfo(slots[i], &info));
      if (Unpadded(info.label) == token) return slots[i];
    }
    std::abort();
  }

 private:
  static void Check(CK_RV value) {
    if (value != CKR_OK) std::abort();
  }
  static CK_BYTE* Bytes(std::string& text) { return reinterpret_cast<CK_BYTE*>(text.data()); }

  std::string directory_;
};

}  // namespace signet::pkcs11

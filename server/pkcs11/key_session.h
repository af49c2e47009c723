#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <p11-kit/p11-kit.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/pkcs11/key_uri.h"

namespace signet::pkcs11 {

constexpr size_t kTagSize = 16;  // of AES-GCM

// A module that is loaded, a session with one of its tokens, logged in, and the key found there.
// Not thread-safe, and neither are many modules.
class KeySession {
 public:
  // `module`: the path of the vendor's shared library. Each message names the setting to correct.
  //
  // UNAVAILABLE: the module does not start, shows no token or fails: it may be on its way.
  // FAILED_PRECONDITION: cannot be loaded; the PIN is refused (IsPinRefused()), or one more wrong
  // one would lock the token, so that this one is not tried; no or no single AES key of 256 bits.
  // NOT_FOUND: there are tokens, and none of them is meant; or no such key.
  static absl::StatusOr<std::unique_ptr<KeySession>> Begin(const std::string& module,
                                                           const KeyUri& uri,
                                                           const base::Secret& pin);
  ~KeySession();
  KeySession(const KeySession&) = delete;
  KeySession& operator=(const KeySession&) = delete;

  // CKA_EXTRACTABLE: the key can be taken out of the token, wrapped or plain.
  bool extractable() const { return extractable_; }

  // CKM_AES_GCM with a tag of 128 bits, `context` as associated data. `iv` holds random bytes and
  // then what the module used: some choose it themselves. The value is that of the first function
  // that failed.
  CK_RV Encrypt(absl::string_view plaintext, absl::string_view context, std::string& iv,
                std::string& ciphertext);
  CK_RV Decrypt(absl::string_view ciphertext, absl::string_view context, std::string iv,
                base::Secret& plaintext);

 private:
  explicit KeySession(CK_FUNCTION_LIST* module) : module_(module) {}

  absl::Status FindToken(const KeyUri& uri);
  absl::Status LogIn(const base::Secret& pin);
  absl::Status FindKey(const KeyUri& uri);
  absl::Status CheckKey(const KeyUri& uri);
  absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> Find(std::vector<CK_ATTRIBUTE> wanted);

  CK_FUNCTION_LIST* const module_;  // loaded
  bool initialized_ = false;
  CK_SLOT_ID slot_ = 0;
  CK_TOKEN_INFO token_ = {};
  CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE key_ = CK_INVALID_HANDLE;
  bool extractable_ = false;
};

// Whether the token refused the PIN. Tokens lock after a few of these: nobody may try it again.
bool IsPinRefused(const absl::Status& status);

// "CKR_… as p11-kit says it (0x30)".
std::string DescribeValue(CK_RV value);

}  // namespace signet::pkcs11

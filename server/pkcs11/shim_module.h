#pragma once

#include <p11-kit/p11-kit.h>

namespace signet::pkcs11 {

inline constexpr char kSoftHsm[] = "/usr/lib/softhsm/libsofthsm2.so";

// What the shim before SoftHSM does otherwise, and what it saw.
struct Shim {
  CK_FLAGS token_flags = 0;  // added to the token's
  bool chooses_iv = false;
  unsigned char ivs_chosen = 0;
  int failures = 0;  // so many questions from now on are answered with `failure`
  CK_RV failure = CKR_OK;
  int logins = 0;
};

}  // namespace signet::pkcs11

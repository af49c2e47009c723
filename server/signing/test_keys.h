#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

inline const absl::Time kTestStart =
    absl::FromCivil(absl::CivilSecond(2026, 11, 21, 12, 0, 0), absl::UTCTimeZone());

// One key-encryption key per hex digit.
inline KeyEncryptionKey TestKek(char digit = '1') {
  return *KeyEncryptionKey::FromText(base::Secret(std::string(64, digit)));
}

}  // namespace signet::signing

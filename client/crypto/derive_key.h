#pragma once

#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::crypto {

// A 32-byte key for one purpose or person: HMAC-SHA-256 of `purpose` under `key`. Whoever knows it
// learns neither `key` nor the key of another purpose. Begin `purpose` with a label that nothing
// else uses. Thread-safe.
base::Secret DeriveKey(const base::Secret& key, absl::string_view purpose);

}  // namespace signet::crypto

#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::crypto {

// AES-256-GCM (NIST SP 800-38D), 96-bit random nonce, 128-bit tag. One key must not seal more than
// 2^32 messages (the bound for random nonces): ours seal signing keys, a handful a year.
constexpr size_t kAeadKeySize = 32;
constexpr size_t kAeadNonceSize = 12;
constexpr size_t kAeadTagSize = 16;

// nonce || ciphertext || tag. `context` is authenticated and not stored: bind the row and purpose
// here, so that a sealed value cannot be moved to another place.
// INVALID_ARGUMENT: the key has not exactly 32 bytes. Thread-safe.
absl::StatusOr<std::string> Seal(const base::Secret& key, absl::string_view plaintext,
                                 absl::string_view context);

// The plaintext of Seal() under the same key and context.
// INVALID_ARGUMENT: the key has not exactly 32 bytes.
// DATA_LOSS: too short, changed, or sealed under another key or context; which one is not told.
absl::StatusOr<base::Secret> Open(const base::Secret& key, absl::string_view sealed,
                                  absl::string_view context);

}  // namespace signet::crypto

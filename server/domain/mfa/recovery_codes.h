#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/ids.h"
#include "client/base/secret.h"

namespace signet::domain {

// Codes for the day on which the authenticator is lost: ten, each good once, shown once. Twelve
// characters of Crockford's alphabet (no I, L, O, U) in groups of four, 60 bits: nobody guesses
// one, so a fast keyed hash is enough to store them, and a slow one would only cost the owner.

inline constexpr int kRecoveryCodes = 10;

// A fresh set, as people read them: "7KQM-2F8V-X0BD".
std::vector<base::Secret> MakeRecoveryCodes();

// What was typed in its one form: upper case, without hyphens and blanks, O as 0, I and L as 1.
// Nothing for what cannot be a recovery code.
std::optional<base::Secret> NormaliseRecoveryCode(absl::string_view typed);

// Hashes recovery codes under a server key. HMAC-SHA-256 over the user's id and the code: a reader
// of the database has no key to try codes with, and equal codes of two people look different.
// Immutable, thread-safe.
class RecoveryCodeHasher {
 public:
  explicit RecoveryCodeHasher(base::Secret key) : key_(std::move(key)) {}

  // 32 bytes. `normalised` as NormaliseRecoveryCode() makes it.
  std::string Hash(base::UserId user, const base::Secret& normalised) const;
  // Of a set as MakeRecoveryCodes() makes it, in its order.
  std::vector<std::string> HashAll(base::UserId user, const std::vector<base::Secret>& codes) const;

 private:
  const base::Secret key_;
};

}  // namespace signet::domain

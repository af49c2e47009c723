#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/ports/password_hasher.h"
#include "server/passwords/breached_passwords.h"

namespace signet::passwords {

// The domain's PasswordPolicy. No rules of composition ("one digit, one sign"): they make
// passwords guessable in known ways. What counts is how many guesses a password withstands, and
// that it is in nobody's list.
//
// Normalise() takes what may be typed at a login as well: NFKC, and a length of 1..1024 bytes of
// UTF-8 after it. CheckStrength() is for a password that is being chosen; it refuses, in this
// order:
//   - fewer than 8 bytes
//   - control characters, NUL among them: few fields can type them, and C strings end at one
//   - the most common passwords, in any letter case, and those in the file of breached ones
//   - a zxcvbn score below the minimum, with the words of the e-mail address counting as known.
// Only the first 64 bytes are scored: zxcvbn takes milliseconds beyond.
//
// Thread-safe.
class StrengthPolicy final : public domain::PasswordPolicy {
 public:
  struct Options {
    // zxcvbn's 0..4, by guesses: below 10^3, 10^6, 10^8, 10^10, or more. 3 withstands an offline
    // attack on a slow hash such as Argon2id.
    int minimum_score = 3;
    // See breached_passwords.h. Without one, only the built-in list is looked at.
    std::optional<std::string> breached_passwords_file;
  };

  // INVALID_ARGUMENT for a score outside 0..4; the error of BreachedPasswords::Open().
  static absl::StatusOr<std::unique_ptr<StrengthPolicy>> Create(const Options& options);

  absl::StatusOr<base::Secret> Normalise(absl::string_view field,
                                         const base::Secret& typed) const override;

  // Besides what the port says: INTERNAL where the file of breached passwords has become
  // unreadable. A password is not let through unjudged.
  absl::Status CheckStrength(absl::string_view field, const base::Secret& normalised,
                             absl::string_view email) const override;

 private:
  StrengthPolicy(int minimum_score, std::unique_ptr<BreachedPasswords> breached)
      : minimum_score_(minimum_score), breached_(std::move(breached)) {}

  const int minimum_score_;
  const std::unique_ptr<BreachedPasswords> breached_;  // may be null
};

}  // namespace signet::passwords

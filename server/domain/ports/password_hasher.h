#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"

namespace signet::domain {

// Hashes and checks passwords under a CPU and memory budget. Each call blocks its caller until the
// work is done, and refuses at once with OVERLOADED (UNAVAILABLE + RetryInfo) what cannot be done
// before `deadline`. Thread-safe.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  // OK, or OVERLOADED where Verify() would say so now: asked before anything else is done for a
  // password, so that what cannot be served costs no query. Microseconds; takes no place.
  virtual absl::Status CheckRoom(absl::Time deadline) = 0;

  // A new PHC string ($argon2id$v=19$m=…,t=…,p=…$salt$hash) with the configured parameters.
  virtual absl::StatusOr<std::string> Hash(const base::Secret& password, absl::Time deadline) = 0;

  struct Check {
    bool matches = false;
    bool needs_rehash = false;  // other algorithm, or cheaper than configured
  };
  // INVALID_ARGUMENT never comes from here: a stored string that cannot be read, or whose
  // parameters exceed the bounds, does not match.
  virtual absl::StatusOr<Check> Verify(const base::Secret& password, absl::string_view stored,
                                       absl::Time deadline) = 0;

  // The same work against a hash nobody knows: for unknown accounts, so that they cost and look
  // like a wrong password.
  virtual absl::Status VerifyNobody(const base::Secret& password, absl::Time deadline) = 0;
};

// Judges whether a password may be chosen. Thread-safe, CPU for microseconds to a few
// milliseconds.
class PasswordPolicy {
 public:
  virtual ~PasswordPolicy() = default;

  // NFKC form of `typed`, the form that is hashed; FieldError(field, …) for invalid UTF-8 and a
  // length outside 1..1024 bytes. No minimum here: a password that was imported with its hash may
  // be shorter than one that may be chosen today.
  virtual absl::StatusOr<base::Secret> Normalise(absl::string_view field,
                                                 const base::Secret& typed) const = 0;

  // OK, or FieldError(field, a reason the person can read): under 8 bytes, breached, too easy to
  // guess, contains the e-mail's name.
  virtual absl::Status CheckStrength(absl::string_view field, const base::Secret& normalised,
                                     absl::string_view email) const = 0;
};

}  // namespace signet::domain

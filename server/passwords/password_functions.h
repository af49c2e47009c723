#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/passwords/phc_string.h"

namespace signet::passwords {

// The computations that the executor schedules: the seam where its tests put work of a known
// length. Thread-safe.
class PasswordFunctions {
 public:
  virtual ~PasswordFunctions() = default;

  // As Argon2id() of argon2id.h.
  virtual absl::StatusOr<std::string> Argon2id(const base::Secret& password, absl::string_view salt,
                                               const Argon2Params& params,
                                               size_t hash_bytes) const = 0;

  // As BcryptMatches() of bcrypt.h.
  virtual bool BcryptMatches(const base::Secret& password, const BcryptHash& stored) const = 0;

  // As ImportedMatches() of imported_hash.h.
  virtual absl::StatusOr<bool> ImportedMatches(const base::Secret& password,
                                               const ImportedHash& stored) const = 0;
};

// libsodium, libargon2, libcrypt and OpenSSL.
class NativePasswordFunctions final : public PasswordFunctions {
 public:
  absl::StatusOr<std::string> Argon2id(const base::Secret& password, absl::string_view salt,
                                       const Argon2Params& params,
                                       size_t hash_bytes) const override;
  bool BcryptMatches(const base::Secret& password, const BcryptHash& stored) const override;
  absl::StatusOr<bool> ImportedMatches(const base::Secret& password,
                                       const ImportedHash& stored) const override;
};

}  // namespace signet::passwords

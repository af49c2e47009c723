#include "server/passwords/password_functions.h"

#include "server/passwords/argon2id.h"
#include "server/passwords/bcrypt.h"
#include "server/passwords/imported_hash.h"

namespace signet::passwords {

absl::StatusOr<std::string> NativePasswordFunctions::Argon2id(const base::Secret& password,
                                                              absl::string_view salt,
                                                              const Argon2Params& params,
                                                              size_t hash_bytes) const {
  return passwords::Argon2id(password, salt, params, hash_bytes);
}

bool NativePasswordFunctions::BcryptMatches(const base::Secret& password,
                                            const BcryptHash& stored) const {
  return passwords::BcryptMatches(password, stored);
}

absl::StatusOr<bool> NativePasswordFunctions::ImportedMatches(const base::Secret& password,
                                                              const ImportedHash& stored) const {
  return passwords::ImportedMatches(password, stored);
}

}  // namespace signet::passwords

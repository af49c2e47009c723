#pragma once

#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "server/passwords/phc_string.h"

namespace signet::passwords {

// Whether `password` is the one of a hash that another system made: Argon2i and Argon2d (RFC 9106),
// PBKDF2 with HMAC-SHA-256 or -512 (RFC 8018), scrypt (RFC 7914). As with bcrypt there is
// deliberately no function that makes one. The password is read as the bytes it is; every one of
// them counts. Constant time in the hash. Thread-safe.
//
// INVALID_ARGUMENT for parameters beyond the bounds of phc_string.h; RESOURCE_EXHAUSTED where the
// memory cannot be had.
absl::StatusOr<bool> ImportedMatches(const base::Secret& password, const ImportedHash& stored);

}  // namespace signet::passwords

#pragma once

#include "client/base/secret.h"
#include "server/passwords/phc_string.h"

namespace signet::passwords {

// Whether `password` is the one of an imported bcrypt hash. There is deliberately no function that
// makes one: bcrypt reads at most 72 bytes and stops at the first NUL.
//
// A password longer than 72 bytes is judged by its first 72, as the system that made the hash did;
// the rehash to Argon2id then covers all of it. A password with a NUL byte never matches: bcrypt
// would compare only what stands before it. Constant time in the hash. Thread-safe.
bool BcryptMatches(const base::Secret& password, const BcryptHash& stored);

}  // namespace signet::passwords

#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/passwords/phc_string.h"

namespace signet::passwords {

// Argon2id, version 1.3 (RFC 9106), of `password` and `salt`; `hash_bytes` raw bytes.
//
// One lane and a salt of 16 bytes are libsodium's, which uses the vector instructions that it
// finds; every other hash is libargon2's. Both give the same bytes.
//
// The lanes are computed one after the other in the calling thread: the number of threads that
// hash is the executor's to decide, never a stored hash's. The working memory belongs to the
// calling thread and is kept for its next call, already faulted in and in huge pages where the
// kernel gives them; it is overwritten with zeros before this returns, and given back when the
// thread ends or says so. Thread-safe.
//
// INVALID_ARGUMENT for parameters beyond WithinBounds() or a salt or size beyond the bounds of
// phc_string.h; RESOURCE_EXHAUSTED where the memory cannot be had.
absl::StatusOr<std::string> Argon2id(const base::Secret& password, absl::string_view salt,
                                     const Argon2Params& params, size_t hash_bytes);

// The same computation as Argon2i or Argon2d, by libargon2: for hashes of other systems alone.
absl::StatusOr<std::string> OtherArgon2(const base::Secret& password,
                                        const OtherArgon2Hash& stored);

// Gives the calling thread's working memory back to the kernel, e.g. after an imported hash that
// took more than is worth keeping.
void ReleaseWorkingMemory();

}  // namespace signet::passwords

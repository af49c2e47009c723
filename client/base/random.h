#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace signet::base {

// Fills `out` with bytes of OpenSSL's private CSPRNG (RAND_priv_bytes). Ends the process where the
// generator fails: there is no safe way on without randomness. Thread-safe.
void FillRandom(uint8_t* out, size_t size);

// `size` random bytes.
std::string RandomBytes(size_t size);

}  // namespace signet::base

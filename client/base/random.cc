#include "client/base/random.h"

#include <cstdio>
#include <cstdlib>

#include <openssl/rand.h>

namespace signet::base {

void FillRandom(uint8_t* out, size_t size) {
  if (RAND_priv_bytes(out, static_cast<int>(size)) != 1) {
    std::fputs("signet: the system's random generator failed\n", stderr);
    std::abort();
  }
}

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  FillRandom(reinterpret_cast<uint8_t*>(bytes.data()), size);
  return bytes;
}

}  // namespace signet::base

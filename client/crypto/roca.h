#pragma once

#include <openssl/bn.h>

namespace signet::crypto {

// Whether an RSA modulus was made by the faulty generator of CVE-2017-15361 ("ROCA", M. Nemec et
// al., CCS 2017), whose 2048-bit keys can be factored. Its primes are powers of 65537 modulo every
// small prime, and so is their product. A sound modulus looks the same once in 2^27 times.
bool HasRocaFingerprint(const BIGNUM& modulus);

}  // namespace signet::crypto

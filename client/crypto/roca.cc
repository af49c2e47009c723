#include "client/crypto/roca.h"

namespace signet::crypto {
namespace {

// The primes up to 167 modulo which the powers of 65537 are not everything: the others tell
// nothing.
constexpr BN_ULONG kPrimes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                79, 97, 103, 107, 109, 127, 151, 157};

bool IsPowerOf65537(BN_ULONG residue, BN_ULONG prime) {
  BN_ULONG power = 1;
  do {
    if (power == residue) return true;
    power = power * 65537 % prime;
  } while (power != 1);
  return false;
}

}  // namespace

bool HasRocaFingerprint(const BIGNUM& modulus) {
  for (const BN_ULONG prime : kPrimes) {
    if (!IsPowerOf65537(BN_mod_word(&modulus, prime), prime)) return false;
  }
  return true;
}

}  // namespace signet::crypto

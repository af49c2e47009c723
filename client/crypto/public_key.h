#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/crypto/algorithm.h"
#include "client/crypto/digest.h"

namespace signet::crypto {

// The public parameters of a key as a JWK names them (RFC 7518 section 6, RFC 8037 section 2): raw
// big-endian bytes, not base64url. Those that the key type does not have are empty.
struct PublicParameters {
  std::string x;  // EC: exactly 32 (P-256) or 48 (P-384) bytes; OKP: 32 bytes
  std::string y;  // EC: as x
  std::string n;  // RSA modulus without leading zeros
  std::string e;  // RSA exponent without leading zeros
};

// A public key that verifies signatures of one algorithm, which it was made for: the algorithm
// never comes from the token (RFC 8725 section 3.1). Cheap to copy (one reference). Immutable and
// thread-safe.
class VerifyingKey {
 public:
  // INVALID_ARGUMENT, naming the member, where
  //   RSA: the modulus has not 2048 to 8192 bits, is even, or has the fingerprint of CVE-2017-15361
  //        (ROCA); the exponent is even, below 3 or over 32 bits; either has leading zeros;
  //   EC:  a coordinate has not exactly the curve's length, or the point is not on the curve;
  //   OKP: x has not exactly 32 bytes or encodes no point;
  //   any: a parameter of another key type is given.
  static absl::StatusOr<VerifyingKey> Make(Algorithm algorithm, const PublicParameters& parameters);

  Algorithm algorithm() const;
  const PublicParameters& parameters() const;

  // SHA-256 over algorithm and parameters: equal exactly for equal keys.
  const Sha256Digest& fingerprint() const;

  // Whether `signature` (raw, as JWS has it: r || s for ECDSA, RFC 7518 section 3.4) is this key's
  // over `message`. False for every wrong length: 64 or 96 bytes for ECDSA, 64 for EdDSA, the
  // modulus' own for RSA. PS256 takes MGF1 with SHA-256 and a salt of exactly 32 bytes.
  bool Verify(absl::string_view message, absl::string_view signature) const;

  // Makes now the table that Verify() makes by itself once an ES256 key was used 500 times: some
  // 20 ms and 150 KiB, for twice the speed. For who would rather wait here than there. Does nothing
  // for other algorithms, and when called again.
  void Precompute() const;
  bool precomputed() const;

 private:
  class State;
  explicit VerifyingKey(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;  // its contexts change, the key does not
};

}  // namespace signet::crypto

#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/crypto/algorithm.h"
#include "client/crypto/private_key.h"

namespace signet::bench {

// What every peer is given: one directory per algorithm, in files that each language reads without
// a library.
//
//   issuer, audience, key_id, algorithm   one line each; the algorithm as in "ES256"
//   key.der, private.pem                  the key, PKCS #8
//   public.pem                            SubjectPublicKeyInfo
//   jwk.json                              the public JWK
//   tokens                                live ones of the key, one per line
//   wrong                                 "what is wrong<TAB>token": all have to be refused
struct WrongToken {
  std::string fault;  // "expired"
  std::string token;
};

struct Samples {
  std::string issuer;
  std::string audience;
  std::string key_id;
  std::string algorithm;
  std::string public_pem;
  std::string jwk;
  std::vector<std::string> tokens;
  std::vector<WrongToken> wrong;
};

// Writes the files of `count` tokens under a fresh key. `now` is when they are issued.
absl::Status WriteSamples(const std::string& directory, crypto::Algorithm algorithm, size_t count,
                          absl::Time now);

// NOT_FOUND naming the file, or INVALID_ARGUMENT naming the line.
absl::StatusOr<Samples> ReadSamples(const std::string& directory);

// The private key that WriteSamples() made: Signet's own types read no PEM.
absl::StatusOr<crypto::SigningKey> ReadSampleKey(const std::string& directory);

}  // namespace signet::bench

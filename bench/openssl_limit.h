#pragma once

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/crypto/algorithm.h"

namespace signet::bench {

// OpenSSL's own signature, called as cheaply as it can be: one initialised context, used again and
// again, on a digest made beforehand (Ed25519 has no such form: it is given the message). No
// base64url, no JSON, no conversion of ECDSA's DER. Ends the process where OpenSSL fails: there
// would be nothing to compare with. Not thread-safe.
class OpensslLimit {
 public:
  // With a fresh key, for the message that a token's signature covers.
  OpensslLimit(crypto::Algorithm algorithm, absl::string_view message);
  ~OpensslLimit();

  void Sign();
  void Verify();

 private:
  struct Contexts;
  const std::unique_ptr<Contexts> contexts_;
};

}  // namespace signet::bench

// libjwt (Debian 12: 1.10) verifies the signature, and reads the key's PEM for every token. Claims
// are its user's to compare.

#include <cstring>
#include <ctime>
#include <memory>

#include <jwt.h>

#include "bench/peers.d/libraries/peer.h"

namespace signet::bench {
namespace {

struct FreeJwt {
  void operator()(jwt_t* jwt) const { jwt_free(jwt); }
};

bool Is(const char* found, const std::string& wanted) {
  return found != nullptr && wanted == found;
}

Takes Make(const Samples& samples) {
  const jwt_alg_t algorithm = samples.algorithm == "ES256" ? JWT_ALG_ES256 : JWT_ALG_RS256;
  return [samples, algorithm](const std::string& token) {
    jwt_t* decoded = nullptr;
    const auto* key = reinterpret_cast<const unsigned char*>(samples.public_pem.data());
    const int failed =
        jwt_decode(&decoded, token.c_str(), key, static_cast<int>(samples.public_pem.size()));
    const std::unique_ptr<jwt_t, FreeJwt> jwt(decoded);
    if (failed != 0) return false;
    return jwt_get_alg(decoded) == algorithm && Is(jwt_get_grant(decoded, "iss"), samples.issuer) &&
           Is(jwt_get_grant(decoded, "aud"), samples.audience) &&
           jwt_get_grant_int(decoded, "exp") > std::time(nullptr);
  };
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  return signet::bench::RunPeer({"libjwt", LIBJWT_VERSION, signet::bench::Make}, argc, argv);
}

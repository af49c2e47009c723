// rhonabwy, over GnuTLS.

#include <memory>

#include <rhonabwy.h>

#include "bench/peers.d/libraries/peer.h"

namespace signet::bench {
namespace {

struct FreeJwt {
  void operator()(jwt_t* jwt) const { r_jwt_free(jwt); }
};

Takes Make(const Samples& samples) {
  const std::shared_ptr<jwk_t> key(r_jwk_quick_import(R_IMPORT_JSON_STR, samples.jwk.c_str()),
                                   [](jwk_t* jwk) { r_jwk_free(jwk); });
  const jwa_alg algorithm = r_str_to_jwa_alg(samples.algorithm.c_str());
  return [samples, key, algorithm](const std::string& token) {
    const std::unique_ptr<jwt_t, FreeJwt> jwt(
        r_jwt_quick_parsen(token.data(), token.size(), R_PARSE_NONE, 0));
    return jwt != nullptr && r_jwt_get_sign_alg(jwt.get()) == algorithm &&
           r_jwt_verify_signature(jwt.get(), key.get(), 0) == RHN_OK &&
           r_jwt_validate_claims(jwt.get(), R_JWT_CLAIM_ISS, samples.issuer.c_str(),
                                 R_JWT_CLAIM_AUD, samples.audience.c_str(), R_JWT_CLAIM_EXP,
                                 R_JWT_CLAIM_NOW, R_JWT_CLAIM_NOP) == RHN_OK;
  };
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  if (r_global_init() != RHN_OK) return 1;
  return signet::bench::RunPeer({"rhonabwy", RHONABWY_VERSION_STR, signet::bench::Make}, argc,
                                argv);
}

// cjose verifies the signature of a JWS. Its payload is its user's to read, here with Jansson, on
// which cjose stands itself.

#include <ctime>
#include <memory>

#include <cjose/cjose.h>
#include <jansson.h>

#include "bench/peers.d/libraries/peer.h"

namespace signet::bench {
namespace {

template <auto kFree>
struct Frees {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
void FreeJson(json_t* json) { json_decref(json); }

bool Is(const json_t* json, const char* member, const std::string& wanted) {
  const char* found = json_string_value(json_object_get(json, member));
  return found != nullptr && wanted == found;
}

bool TakesClaims(const uint8_t* payload, size_t size, const Samples& samples) {
  const std::unique_ptr<json_t, Frees<FreeJson>> claims(
      json_loadb(reinterpret_cast<const char*>(payload), size, 0, nullptr));
  return claims != nullptr && Is(claims.get(), "iss", samples.issuer) &&
         Is(claims.get(), "aud", samples.audience) &&
         json_integer_value(json_object_get(claims.get(), "exp")) > std::time(nullptr);
}

Takes Make(const Samples& samples) {
  const std::shared_ptr<cjose_jwk_t> key(
      cjose_jwk_import(samples.jwk.data(), samples.jwk.size(), nullptr),
      [](cjose_jwk_t* jwk) { cjose_jwk_release(jwk); });
  return [samples, key](const std::string& token) {
    const std::unique_ptr<cjose_jws_t, Frees<cjose_jws_release>> jws(
        cjose_jws_import(token.data(), token.size(), nullptr));
    if (jws == nullptr || key == nullptr) return false;
    const char* algorithm =
        cjose_header_get(cjose_jws_get_protected(jws.get()), CJOSE_HDR_ALG, nullptr);
    if (algorithm == nullptr || samples.algorithm != algorithm) return false;
    if (!cjose_jws_verify(jws.get(), key.get(), nullptr)) return false;
    uint8_t* payload = nullptr;
    size_t size = 0;
    return cjose_jws_get_plaintext(jws.get(), &payload, &size, nullptr) &&
           TakesClaims(payload, size, samples);
  };
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  return signet::bench::RunPeer({"cjose", cjose_version(), signet::bench::Make}, argc, argv);
}

// Nothing is accepted but what the key signed: the key is made for this run and signs nothing, so
// nothing at all. Also the whole verifier, with a second look at what it may have cached.
#include <cstdint>
#include <memory>
#include <variant>

#include "client/base/snapshot.h"
#include "client/crypto/private_key.h"
#include "client/token/jws.h"
#include "client/token/verifier.h"
#include "tests/fuzz/check.h"

namespace {

using signet::base::Snapshot;
using signet::crypto::Algorithm;
using signet::token::KeySet;
using signet::token::RevocationSet;

// Under the names that the corpus uses.
std::shared_ptr<const KeySet> MakeKeys() {
  KeySet::Builder builder;
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEdDsa, Algorithm::kRs256}) {
    const auto key = signet::crypto::SigningKey::Generate(algorithm);
    FUZZ_CHECK(key.ok());
    FUZZ_CHECK(builder.Add(AlgorithmName(algorithm), key->verifying_key()).ok());
  }
  return std::make_shared<const KeySet>(builder.Build(1));
}

struct World {
  Snapshot<KeySet> keys{MakeKeys()};
  Snapshot<RevocationSet> revocations{std::make_shared<const RevocationSet>()};
  signet::token::AccessTokenVerifier verifier{
      {.issuer = "https://id.example.com"}, keys, revocations};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const world = new World;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const auto verdict = signet::token::VerifyJws(input, world->keys.Read());
  FUZZ_CHECK(std::holds_alternative<signet::token::RejectReason>(verdict));
  const absl::Time now = absl::FromUnixSeconds(1100);
  FUZZ_CHECK(!world->verifier.Verify(input, "api", now).accepted());
  FUZZ_CHECK(!world->verifier.VerifyForIssuer(input, now).accepted());
  return 0;
}

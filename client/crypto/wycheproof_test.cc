// Published vectors against our primitives (R-301: RS256, PS256, ES256, ES384 and EdDSA).
#include <map>
#include <string>

#include "client/base/secret.h"
#include "client/crypto/aead.h"
#include "client/crypto/digest.h"
#include "client/crypto/public_key.h"
#include "client/crypto/wycheproof_vectors.h"

namespace signet::crypto {
namespace {

using simdjson::dom::object;

const std::vector<Deviation>& Deviations() {
  static const auto* const deviations = new std::vector<Deviation>{
      {"rsa_signature_2048_sha256_test.json", 8,
       "DigestInfo without the NULL parameter: RFC 8017 section 9.2 has one encoding, with it"},
      {"rsa_signature_3072_sha256_test.json", 8,
       "DigestInfo without the NULL parameter: RFC 8017 section 9.2 has one encoding, with it"},
  };
  return *deviations;
}

std::string Field(const object& from, const char* name) {
  return Hex(std::string_view(from[name]));
}

// The vectors write numbers as DER does, with a zero before a high bit.
std::string Unsigned(std::string bytes) {
  bytes.erase(0, bytes.find_first_not_of('\0'));
  return bytes;
}

PublicParameters Rsa(const object& group) {
  const object key = group["publicKey"];
  return {.n = Unsigned(Field(key, "modulus")), .e = Unsigned(Field(key, "publicExponent"))};
}

PublicParameters Ec(const object& group) {
  const std::string point = Field(group["publicKey"], "uncompressed");
  const size_t width = (point.size() - 1) / 2;
  return {.x = point.substr(1, width), .y = point.substr(1 + width)};
}

PublicParameters Ed25519(const object& group) { return {.x = Field(group["publicKey"], "pk")}; }

template <typename Parameters>
auto Verifies(Algorithm algorithm, Parameters parameters) {
  return [=](const object& group, const object& test) {
    const auto key = VerifyingKey::Make(algorithm, parameters(group));
    return key.ok() && key->Verify(Field(test, "msg"), Field(test, "sig"));
  };
}

TEST(Wycheproof, EcdsaP256WithRawSignaturesIsJudgedAsPublished) {
  EXPECT_EQ(RunVectors("ecdsa_secp256r1_sha256_p1363_test.json", Deviations(), Always,
                       Verifies(Algorithm::kEs256, Ec)),
            262);
}

// By the table of the key's multiples, which keys of few signatures never get.
TEST(Wycheproof, EcdsaP256WithATableIsJudgedAsPublished) {
  std::map<std::string, VerifyingKey> keys;
  const auto verifies = [&keys](const object& group, const object& test) {
    const PublicParameters parameters = Ec(group);
    auto found = keys.find(parameters.x + parameters.y);
    if (found == keys.end()) {
      const auto key = VerifyingKey::Make(Algorithm::kEs256, parameters);
      if (!key.ok()) return false;
      key->Precompute();
      found = keys.emplace(parameters.x + parameters.y, *key).first;
    }
    return found->second.Verify(Field(test, "msg"), Field(test, "sig"));
  };
  EXPECT_EQ(RunVectors("ecdsa_secp256r1_sha256_p1363_test.json", Deviations(), Always, verifies),
            262);
}

TEST(Wycheproof, EcdsaP384WithRawSignaturesIsJudgedAsPublished) {
  EXPECT_EQ(RunVectors("ecdsa_secp384r1_sha384_p1363_test.json", Deviations(), Always,
                       Verifies(Algorithm::kEs384, Ec)),
            280);
}

TEST(Wycheproof, Ed25519IsJudgedAsPublished) {
  EXPECT_EQ(
      RunVectors("ed25519_test.json", Deviations(), Always, Verifies(Algorithm::kEdDsa, Ed25519)),
      151);
}

TEST(Wycheproof, RsaPkcs1With2048BitsIsJudgedAsPublished) {
  EXPECT_EQ(RunVectors("rsa_signature_2048_sha256_test.json", Deviations(), Always,
                       Verifies(Algorithm::kRs256, Rsa)),
            259);
}

TEST(Wycheproof, RsaPkcs1With3072BitsIsJudgedAsPublished) {
  EXPECT_EQ(RunVectors("rsa_signature_3072_sha256_test.json", Deviations(), Always,
                       Verifies(Algorithm::kRs256, Rsa)),
            259);
}

TEST(Wycheproof, RsaPssIsJudgedAsPublished) {
  EXPECT_EQ(RunVectors("rsa_pss_2048_sha256_mgf1_32_test.json", Deviations(), Always,
                       Verifies(Algorithm::kPs256, Rsa)),
            108);
}

TEST(Wycheproof, AesGcmWithOurSizesIsJudgedAsPublished) {
  const auto ours = [](const object& group, const object&) {
    return int64_t(group["keySize"]) == 256 && int64_t(group["ivSize"]) == 96 &&
           int64_t(group["tagSize"]) == 128;
  };
  const auto opens = [](const object&, const object& test) {
    const auto opened =
        Open(base::Secret(Field(test, "key")),
             Field(test, "iv") + Field(test, "ct") + Field(test, "tag"), Field(test, "aad"));
    return opened.ok() && opened->reveal() == Field(test, "msg");
  };
  EXPECT_EQ(RunVectors("aes_gcm_test.json", Deviations(), ours, opens), 66);
}

TEST(Wycheproof, HmacSha256IsJudgedAsPublished) {
  const auto matches = [](const object&, const object& test) {
    const std::string tag = Field(test, "tag");  // also truncated ones
    const Sha256Digest full = HmacSha256(Field(test, "key"), Field(test, "msg"));
    return base::ConstantTimeEquals(DigestView(full).substr(0, tag.size()), tag);
  };
  EXPECT_EQ(RunVectors("hmac_sha256_test.json", Deviations(), Always, matches), 174);
}

}  // namespace
}  // namespace signet::crypto

#include "client/crypto/es256_verifier.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "client/base/random.h"
#include "client/crypto/ecdsa_encoding.h"
#include "client/crypto/key_context.h"
#include "client/crypto/private_key.h"
#include "client/crypto/public_key_parts.h"

namespace signet::crypto {
namespace {

// Signatures and keys made to measure, by the equations of ECDSA.
class Es256VerifierTest : public testing::Test {
 protected:
  BignumPtr Number(int64_t value) const {
    BignumPtr number(BN_new());
    BN_set_word(number.get(), static_cast<BN_ULONG>(value < 0 ? -value : value));
    if (value < 0) BN_sub(number.get(), n(), number.get());
    return number;
  }
  BignumPtr Random() const {
    BignumPtr number(BN_new());
    do {
      BN_rand_range(number.get(), n());
    } while (BN_is_zero(number.get()));
    return number;
  }
  BignumPtr Times(const BignumPtr& a, const BignumPtr& b) const {
    BignumPtr out(BN_new());
    BN_mod_mul(out.get(), a.get(), b.get(), n(), context_.get());
    return out;
  }
  BignumPtr Plus(const BignumPtr& a, const BignumPtr& b) const {
    BignumPtr out(BN_new());
    BN_mod_add(out.get(), a.get(), b.get(), n(), context_.get());
    return out;
  }
  BignumPtr Inverse(const BignumPtr& a) const {
    return BignumPtr(BN_mod_inverse(nullptr, a.get(), n(), context_.get()));
  }
  BignumPtr Minus(const BignumPtr& a) const { return Times(a, Number(-1)); }

  PointPtr PointOf(const BignumPtr& scalar) const {
    PointPtr point(EC_POINT_new(group_.get()));
    EC_POINT_mul(group_.get(), point.get(), scalar.get(), nullptr, nullptr, context_.get());
    return point;
  }
  static std::string Bytes32(const BIGNUM& number) {
    std::string bytes(32, '\0');
    BN_bn2binpad(&number, reinterpret_cast<unsigned char*>(bytes.data()), 32);
    return bytes;
  }
  static Sha256Digest Digest(const BignumPtr& number) {
    Sha256Digest digest;
    BN_bn2binpad(number.get(), digest.data(), 32);
    return digest;
  }
  PublicParameters Parameters(const PointPtr& point) const {
    const BignumPtr x(BN_new()), y(BN_new());
    EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), y.get(), context_.get());
    return {.x = Bytes32(*x), .y = Bytes32(*y)};
  }
  BignumPtr XOf(const PointPtr& point) const {
    BignumPtr x(BN_new());
    EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), nullptr, context_.get());
    return x;
  }

  // r of the nonce k.
  BignumPtr ROf(const BignumPtr& k) const { return Times(XOf(PointOf(k)), Number(1)); }
  // The signature over z by the private key d with the nonce k.
  std::string Sign(const BignumPtr& d, const BignumPtr& k, const BignumPtr& z) const {
    const BignumPtr r = ROf(k);
    const BignumPtr s = Times(Inverse(k), Plus(z, Times(r, d)));
    return Bytes32(*r) + Bytes32(*s);
  }

  const BIGNUM* n() const { return EC_GROUP_get0_order(group_.get()); }

  const GroupPtr group_{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
  const BignumContextPtr context_{BN_CTX_new()};
};

bool EvpVerifies(const PublicParameters& key, const Sha256Digest& digest,
                 const std::string& signature) {
  const KeyPtr imported = *ImportPublicKey(Algorithm::kEs256, key);
  const KeyContextPtr context = MakeKeyContext(Algorithm::kEs256, *imported, KeyUse::kVerify);
  const DerSignature der = EcdsaRawToDer(signature, 32);
  const bool good =
      EVP_PKEY_verify(context.get(), der.bytes.data(), der.size, digest.data(), digest.size()) == 1;
  ERR_clear_error();
  return good;
}

// SIGNET_ES256_SIGNATURES, to dig: how many of each of four keys. A million of each takes minutes
// in the release preset.
int SignaturesPerKey() {
  const char* const wanted = std::getenv("SIGNET_ES256_SIGNATURES");
  return wanted != nullptr ? std::atoi(wanted) : 200;
}

TEST_F(Es256VerifierTest, JudgesAsOpensslDoesWhateverIsChanged) {
  const int signatures = SignaturesPerKey();
  ASSERT_GE(signatures, 200);
  for (int key = 0; key < 4; ++key) {
    const auto signer = *SigningKey::Generate(Algorithm::kEs256);
    const PublicParameters& parameters = signer.verifying_key().parameters();
    const auto verifier = Es256Verifier::Make(parameters);
    ASSERT_NE(verifier, nullptr);
    int accepted = 0;
    for (int i = 0; i < signatures; ++i) {
      const std::string message = base::RandomBytes(20);
      std::string signature = *signer.Sign(message);
      Sha256Digest digest = Sha256(message);
      EXPECT_TRUE(verifier->Verify(digest, signature));
      const std::string noise = base::RandomBytes(2);
      const auto at = static_cast<uint8_t>(noise[0]);
      if (at < 64) signature[at] = static_cast<char>(signature[at] ^ noise[1]);
      if (at >= 192) digest[at % 32] ^= static_cast<uint8_t>(noise[1]);
      const bool ours = verifier->Verify(digest, signature);
      ASSERT_EQ(ours, EvpVerifies(parameters, digest, signature));
      accepted += ours ? 1 : 0;
    }
    EXPECT_GT(accepted, signatures / 4);
    EXPECT_LT(accepted, signatures * 3 / 4);
  }
}

TEST_F(Es256VerifierTest, NumbersOutsideOneToTheOrderAreRefused) {
  const BignumPtr d = Random(), k = Random(), z = Random();
  const auto verifier = Es256Verifier::Make(Parameters(PointOf(d)));
  const std::string good = Sign(d, k, z);
  const std::string r = good.substr(0, 32), s = good.substr(32);
  ASSERT_TRUE(verifier->Verify(Digest(z), good));
  const BignumPtr order(BN_dup(n()));
  const BignumPtr above(BN_dup(n()));
  BN_add_word(above.get(), 1);
  const std::string zero(32, '\0'), ones(32, '\xff');
  for (const std::string& bad : {zero, Bytes32(*order), Bytes32(*above), ones}) {
    EXPECT_FALSE(verifier->Verify(Digest(z), bad + s));
    EXPECT_FALSE(verifier->Verify(Digest(z), r + bad));
    EXPECT_FALSE(verifier->Verify(Digest(z), bad + bad));
  }
  for (const std::string& bad : {std::string(), good.substr(1), good + '\0', s}) {
    EXPECT_FALSE(verifier->Verify(Digest(z), bad));
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

// s and -s are both signatures (ECDSA is malleable): the other point is the negation.
TEST_F(Es256VerifierTest, TheNegatedSIsASignatureTooAndOtherwiseNothingNearIt) {
  const BignumPtr d = Random(), k = Random(), z = Random();
  const auto verifier = Es256Verifier::Make(Parameters(PointOf(d)));
  const std::string good = Sign(d, k, z);
  const BignumPtr s(BN_bin2bn(Bytes(absl::string_view(good).substr(32)), 32, nullptr));
  const std::string r = good.substr(0, 32);
  EXPECT_TRUE(verifier->Verify(Digest(z), r + Bytes32(*Minus(s))));
  EXPECT_FALSE(verifier->Verify(Digest(z), r + Bytes32(*Inverse(s))));
  EXPECT_FALSE(verifier->Verify(Digest(z), r + Bytes32(*Plus(s, Number(1)))));
  EXPECT_FALSE(verifier->Verify(Digest(z), Bytes32(*s) + r));
}

// The generator itself, for which OpenSSL makes no second table, and points beside it.
TEST_F(Es256VerifierTest, KeysThatAreSmallMultiplesOfTheGeneratorVerify) {
  for (const int64_t multiple : {1, -1, 2, -2, 3, 7, -7, 64, 127, 128}) {
    const BignumPtr d = Number(multiple);
    const auto verifier = Es256Verifier::Make(Parameters(PointOf(d)));
    ASSERT_NE(verifier, nullptr) << multiple;
    for (int i = 0; i < 20; ++i) {
      const BignumPtr z = Random();
      std::string signature = Sign(d, Random(), z);
      EXPECT_TRUE(verifier->Verify(Digest(z), signature)) << multiple;
      signature[40] = static_cast<char>(signature[40] ^ 1);
      EXPECT_FALSE(verifier->Verify(Digest(z), signature)) << multiple;
    }
  }
}

TEST_F(Es256VerifierTest, BothPointsMayBeEqual) {
  const BignumPtr d = Random(), k = Random();
  const auto verifier = Es256Verifier::Make(Parameters(PointOf(d)));
  const BignumPtr z = Times(ROf(k), d);  // u1 = u2 d
  EXPECT_TRUE(verifier->Verify(Digest(z), Sign(d, k, z)));
}

// Every r and s would do if infinity had a coordinate.
TEST_F(Es256VerifierTest, ASumOfInfinityIsRefused) {
  const BignumPtr d = Random();
  const PublicParameters key = Parameters(PointOf(d));
  const auto verifier = Es256Verifier::Make(key);
  for (int i = 0; i < 8; ++i) {
    const BignumPtr r = Random(), s = Random();
    const BignumPtr z = Minus(Times(r, d));  // u1 = -u2 d
    const std::string signature = Bytes32(*r) + Bytes32(*s);
    EXPECT_FALSE(EvpVerifies(key, Digest(z), signature));
    EXPECT_FALSE(verifier->Verify(Digest(z), signature));
  }
}

TEST_F(Es256VerifierTest, ADigestOfZeroAndOneBeyondTheOrderAreNumbersLikeOthers) {
  const BignumPtr d = Random(), k = Random();
  const auto verifier = Es256Verifier::Make(Parameters(PointOf(d)));
  const BignumPtr zero(BN_new());
  EXPECT_TRUE(verifier->Verify(Digest(zero), Sign(d, k, zero)));
  const BignumPtr order(BN_dup(n()));
  EXPECT_TRUE(verifier->Verify(Digest(order), Sign(d, k, zero))) << "n is 0 modulo n";
  Sha256Digest ones;
  ones.fill(0xff);
  const BignumPtr largest(BN_bin2bn(ones.data(), 32, nullptr));
  EXPECT_TRUE(verifier->Verify(ones, Sign(d, k, Plus(largest, Number(0)))));
}

// x from n to p - 1 stands in the signature as x - n.
TEST_F(Es256VerifierTest, AnXBeyondTheOrderWrapsAround) {
  const PointPtr nonce(EC_POINT_new(group_.get()));
  const BignumPtr x(BN_dup(n()));
  BN_add_word(x.get(), 1);
  while (EC_POINT_set_compressed_coordinates(group_.get(), nonce.get(), x.get(), 0,
                                             context_.get()) != 1) {
    BN_add_word(x.get(), 1);
  }
  ERR_clear_error();
  ASSERT_LT(BN_cmp(x.get(), EC_GROUP_get0_field(group_.get())), 0);
  const BignumPtr r = Plus(x, Number(0)), s = Random(), z = Random();
  ASSERT_LT(BN_num_bits(r.get()), 16);
  // The key that has this signature: Q = (s R - z G) / r.
  const PointPtr key(EC_POINT_new(group_.get()));
  EC_POINT_mul(group_.get(), key.get(), Minus(Times(z, Inverse(r))).get(), nonce.get(),
               Times(s, Inverse(r)).get(), context_.get());
  const PublicParameters parameters = Parameters(key);
  const auto verifier = Es256Verifier::Make(parameters);
  const std::string signature = Bytes32(*r) + Bytes32(*s);
  EXPECT_TRUE(EvpVerifies(parameters, Digest(z), signature));
  EXPECT_TRUE(verifier->Verify(Digest(z), signature));
  EXPECT_FALSE(verifier->Verify(Digest(z), Bytes32(*x) + Bytes32(*s))) << "r itself is below n";
}

TEST_F(Es256VerifierTest, APointOffTheCurveHasNoVerifier) {
  PublicParameters key = Parameters(PointOf(Random()));
  std::swap(key.x, key.y);
  EXPECT_EQ(Es256Verifier::Make(key), nullptr);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace signet::crypto

#include "client/crypto/public_key.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "client/base/error.h"
#include "client/crypto/private_key.h"

namespace signet::crypto {
namespace {

std::string RefusedField(Algorithm algorithm, const PublicParameters& parameters) {
  const auto key = VerifyingKey::Make(algorithm, parameters);
  if (key.ok()) return "accepted";
  EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument);
  const auto violations = base::FieldViolations(key.status());
  return violations.empty() ? "no field" : violations[0].field;
}

const SigningKey& KeyOf(Algorithm algorithm) {
  static const auto* const keys = [] {
    auto* made = new std::vector<SigningKey>;
    for (int i = 0; i < kAlgorithmCount; ++i) {
      made->push_back(*SigningKey::Generate(static_cast<Algorithm>(i)));
    }
    return made;
  }();
  return (*keys)[static_cast<size_t>(algorithm)];
}

PublicParameters ParametersOf(Algorithm algorithm) {
  return KeyOf(algorithm).verifying_key().parameters();
}

std::vector<Algorithm> AllAlgorithms() {
  return {Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEs256, Algorithm::kEs384,
          Algorithm::kEdDsa};
}

TEST(VerifyingKey, MadeFromItsParametersItVerifiesWhatTheKeySigned) {
  for (const Algorithm algorithm : AllAlgorithms()) {
    const auto key = VerifyingKey::Make(algorithm, ParametersOf(algorithm));
    ASSERT_TRUE(key.ok()) << AlgorithmName(algorithm);
    const std::string signature = *KeyOf(algorithm).Sign("message");
    EXPECT_TRUE(key->Verify("message", signature));
    EXPECT_TRUE(key->Verify("message", signature)) << "a reused context judges the same";
    EXPECT_FALSE(key->Verify("massage", signature));
    EXPECT_TRUE(key->Verify("message", signature)) << "also after a refusal";
  }
}

// OpenSSL itself accepts a raw ECDSA signature of another length, once it is turned into DER.
TEST(VerifyingKey, EverySignatureOfAnotherLengthIsRefused) {
  for (const Algorithm algorithm : AllAlgorithms()) {
    const VerifyingKey& key = KeyOf(algorithm).verifying_key();
    const std::string signature = *KeyOf(algorithm).Sign("message");
    const size_t half = signature.size() / 2;
    for (const std::string& wrong :
         {std::string(), signature + '\0', '\0' + signature, signature.substr(1),
          signature.substr(0, signature.size() - 1), signature + signature,
          '\0' + signature.substr(0, half) + '\0' + signature.substr(half)}) {
      EXPECT_FALSE(key.Verify("message", wrong)) << AlgorithmName(algorithm) << wrong.size();
    }
  }
}

TEST(VerifyingKey, EcdsaValuesOfZeroAndTheCurvesOrderAreRefused) {
  const VerifyingKey& key = KeyOf(Algorithm::kEs256).verifying_key();
  const std::string signature = *KeyOf(Algorithm::kEs256).Sign("message");
  const std::string zero(32, '\0');
  const std::string ones(32, '\xff');
  for (const std::string& value : {zero, ones}) {
    EXPECT_FALSE(key.Verify("message", value + signature.substr(32)));
    EXPECT_FALSE(key.Verify("message", signature.substr(0, 32) + value));
    EXPECT_FALSE(key.Verify("message", value + value));
  }
}

// One RSA key under two algorithms would let a token choose between them.
TEST(VerifyingKey, APaddingOfTheOtherRsaAlgorithmIsRefused) {
  const auto other = VerifyingKey::Make(Algorithm::kPs256, ParametersOf(Algorithm::kRs256));
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(other->Verify("message", *KeyOf(Algorithm::kRs256).Sign("message")));
  EXPECT_NE(other->fingerprint(), KeyOf(Algorithm::kRs256).verifying_key().fingerprint());
}

TEST(VerifyingKey, RsaParametersOutsideTheBoundsAreRefused) {
  const PublicParameters good = ParametersOf(Algorithm::kRs256);
  const auto with_n = [&](std::string n) {
    return RefusedField(Algorithm::kRs256, {.n = std::move(n), .e = good.e});
  };
  const auto with_e = [&](std::string e) {
    return RefusedField(Algorithm::kRs256, {.n = good.n, .e = std::move(e)});
  };
  EXPECT_EQ(with_n(good.n), "accepted");
  EXPECT_EQ(with_n(""), "n");
  EXPECT_EQ(with_n('\0' + good.n), "n");
  EXPECT_EQ(with_n(good.n.substr(0, 128)), "n") << "too small";
  EXPECT_EQ(with_n("\x7f" + good.n.substr(1)), "n") << "2047 bits";
  EXPECT_EQ(with_n(std::string(1025, '\xff')), "n") << "8200 bits";
  EXPECT_EQ(with_n(good.n.substr(0, 255) + '\x02'), "n") << "even";
  EXPECT_EQ(with_e("\x03"), "accepted");
  for (const std::string& e :
       {std::string(), std::string("\x01"), std::string("\x02"), std::string("\x00\x03", 2),
        std::string("\x01\x00\x00\x00\x01", 5), std::string("\x01\x00\x00", 3)}) {
    EXPECT_EQ(with_e(e), "e");
  }
}

TEST(VerifyingKey, PointsOfAnotherLengthOrOffTheCurveAreRefused) {
  const PublicParameters good = ParametersOf(Algorithm::kEs256);
  EXPECT_EQ(RefusedField(Algorithm::kEs256, {.x = good.x.substr(1), .y = good.y}), "x");
  EXPECT_EQ(RefusedField(Algorithm::kEs256, {.x = good.x, .y = '\0' + good.y}), "y");
  EXPECT_EQ(RefusedField(Algorithm::kEs256, {.x = good.y, .y = good.x}), "x");
  EXPECT_EQ(RefusedField(Algorithm::kEs256, {.x = std::string(32, '\0'), .y = std::string(32, 0)}),
            "x");
  EXPECT_EQ(RefusedField(Algorithm::kEs384, good), "x");
  EXPECT_EQ(RefusedField(Algorithm::kEdDsa, {.x = std::string(31, 'x')}), "x");
  EXPECT_EQ(RefusedField(Algorithm::kEdDsa, {.x = std::string(33, 'x')}), "x");
}

TEST(VerifyingKey, ParametersOfAnotherKeyTypeAreRefused) {
  PublicParameters mixed = ParametersOf(Algorithm::kRs256);
  mixed.x = "x";
  EXPECT_EQ(RefusedField(Algorithm::kRs256, mixed), "x");
  mixed = ParametersOf(Algorithm::kEs256);
  mixed.e = "\x01\x00\x01";
  EXPECT_EQ(RefusedField(Algorithm::kEs256, mixed), "e");
  EXPECT_EQ(RefusedField(Algorithm::kEdDsa, ParametersOf(Algorithm::kEs256)), "y");
}

TEST(VerifyingKey, AnEs256KeyGetsItsTableWhenItWasUsedOften) {
  const auto signer = *SigningKey::Generate(Algorithm::kEs256);
  const VerifyingKey& key = signer.verifying_key();
  const std::string signature = *signer.Sign("message");
  for (int i = 0; i < 499; ++i) ASSERT_TRUE(key.Verify("message", signature));
  EXPECT_FALSE(key.precomputed());
  EXPECT_TRUE(key.Verify("message", signature));
  EXPECT_TRUE(key.precomputed());
  EXPECT_TRUE(key.Verify("message", signature));
  EXPECT_FALSE(key.Verify("massage", signature));
  EXPECT_FALSE(key.Verify("message", signature + '\0'));
}

TEST(VerifyingKey, OnlyEs256KeysHaveATable) {
  for (const Algorithm algorithm : AllAlgorithms()) {
    const auto key = *VerifyingKey::Make(algorithm, ParametersOf(algorithm));
    EXPECT_FALSE(key.precomputed());
    key.Precompute();
    key.Precompute();
    EXPECT_EQ(key.precomputed(), algorithm == Algorithm::kEs256);
  }
}

TEST(VerifyingKey, ManyThreadsShareOneKey) {
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEdDsa}) {
    const VerifyingKey key = KeyOf(algorithm).verifying_key();
    const std::string signature = *KeyOf(algorithm).Sign("message");
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 150; ++i) {  // past the use at which the table is made
          if (!key.Verify("message", signature) || key.Verify("other", signature)) ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace signet::crypto

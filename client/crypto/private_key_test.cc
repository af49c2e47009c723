#include "client/crypto/private_key.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "client/crypto/ecdsa_encoding.h"
#include "client/crypto/openssl.h"

namespace signet::crypto {
namespace {

TEST(SigningKey, ComesBackFromPkcs8AsTheSameKey) {
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    const auto key = SigningKey::Generate(algorithm);
    ASSERT_TRUE(key.ok()) << AlgorithmName(algorithm);
    const auto der = key->ToPkcs8();
    ASSERT_TRUE(der.ok());
    const auto again = SigningKey::FromPkcs8(algorithm, *der);
    ASSERT_TRUE(again.ok()) << AlgorithmName(algorithm) << again.status();
    EXPECT_EQ(again->verifying_key().fingerprint(), key->verifying_key().fingerprint());
    EXPECT_TRUE(key->verifying_key().Verify("message", *again->Sign("message")));
  }
}

TEST(SigningKey, EcdsaSignaturesAreRawAndOfOneLength) {
  const auto p256 = *SigningKey::Generate(Algorithm::kEs256);
  const auto p384 = *SigningKey::Generate(Algorithm::kEs384);
  for (int i = 0; i < 300; ++i) {  // every 128th has a short r or s
    const std::string message = std::to_string(i);
    const std::string signature = *p256.Sign(message);
    ASSERT_EQ(signature.size(), 64u);
    ASSERT_TRUE(p256.verifying_key().Verify(message, signature));
  }
  EXPECT_EQ(p384.Sign("m")->size(), 96u);
}

TEST(SigningKey, AnythingButOnePkcs8OfTheAlgorithmsTypeIsRefused) {
  const base::Secret der = *SigningKey::Generate(Algorithm::kEs256)->ToPkcs8();
  const std::string bytes(der.reveal());
  for (const Algorithm other : {Algorithm::kRs256, Algorithm::kEs384, Algorithm::kEdDsa}) {
    EXPECT_EQ(SigningKey::FromPkcs8(other, der).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  for (std::string wrong : {std::string(), bytes + '\0', bytes.substr(0, bytes.size() - 1),
                            std::string("-----BEGIN PRIVATE KEY-----")}) {
    EXPECT_EQ(
        SigningKey::FromPkcs8(Algorithm::kEs256, base::Secret(std::move(wrong))).status().code(),
        absl::StatusCode::kInvalidArgument);
  }
}

// A private half that does not fit its public half signs what no one can verify.
TEST(SigningKey, HalvesThatDoNotFitAreRefused) {
  std::string bytes((*SigningKey::Generate(Algorithm::kEs256)->ToPkcs8()).reveal());
  bytes[bytes.find(std::string("\x04\x20", 2)) + 10] ^= 1;  // inside the private number
  EXPECT_FALSE(SigningKey::FromPkcs8(Algorithm::kEs256, base::Secret(std::move(bytes))).ok());
}

// Tokens are verified past DER, unless OpenSSL makes no table: its own reader must agree.
TEST(EcdsaEncoding, RawAndDerAreTheSameNumbers) {
  const std::string low(31, '\0');
  for (const std::string& raw :
       {low + "\x01" + low + "\x7f", std::string(64, '\xff'), std::string(64, '\x80'),
        std::string(64, '\0'), low + "\x80" + std::string(32, '\x01')}) {
    const DerSignature der = EcdsaRawToDer(raw, 32);
    const unsigned char* at = der.bytes.data();
    const EcdsaSignaturePtr read(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size)));
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(at, der.bytes.data() + der.size);
    std::string numbers(64, '\0');
    auto* to = reinterpret_cast<unsigned char*>(numbers.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(read.get()), to, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(read.get()), to + 32, 32);
    EXPECT_EQ(numbers, raw);
  }
  EXPECT_EQ(EcdsaRawToDer(low + "\x01" + low + "\x7f", 32).size, 8u);
  EXPECT_EQ(EcdsaRawToDer(std::string(96, '\xff'), 48).size, 104u);
}

}  // namespace
}  // namespace signet::crypto

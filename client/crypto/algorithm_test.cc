#include "client/crypto/algorithm.h"

#include <gtest/gtest.h>

namespace signet::crypto {
namespace {

TEST(Algorithm, EveryNameIsReadBackAsItsAlgorithm) {
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    EXPECT_EQ(ParseAlgorithm(AlgorithmName(algorithm)), algorithm);
  }
}

// never `none` or HS*.
TEST(Algorithm, NamesOutsideTheAllowListAreNothing) {
  for (const char* name : {"", "none", "None", "HS256", "HS384", "HS512", "RS384", "RS512", "PS384",
                           "ES512", "ES256K", "Ed25519", "es256", "ES256 ", " ES256", "eddsa"}) {
    EXPECT_EQ(ParseAlgorithm(name), std::nullopt) << name;
  }
  EXPECT_EQ(ParseAlgorithm(absl::string_view("ES256\0", 6)), std::nullopt);
}

}  // namespace
}  // namespace signet::crypto

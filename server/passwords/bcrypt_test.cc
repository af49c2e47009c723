#include "server/passwords/bcrypt.h"

#include <string>

#include <gtest/gtest.h>

namespace signet::passwords {
namespace {

bool Matches(absl::string_view password, absl::string_view stored) {
  const auto parsed = ParseStoredHash(stored);
  return parsed && BcryptMatches(base::Secret(password), std::get<BcryptHash>(*parsed));
}

// Vectors of crypt_blowfish, the implementation that defined $2y$.
constexpr char kOfUxU[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
constexpr char kOfSeventyTwo[] = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
constexpr char kSeventyTwo[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

TEST(BcryptTest, MatchesThePublishedVectorsAlone) {
  EXPECT_TRUE(Matches("U*U", kOfUxU));
  EXPECT_FALSE(Matches("U*U*", kOfUxU));
  EXPECT_FALSE(Matches("U*", kOfUxU));
  EXPECT_FALSE(Matches("", kOfUxU));
}

TEST(BcryptTest, AllThreePrefixesAreComputed) {
  for (const char prefix : {'a', 'b', 'y'}) {
    std::string stored = kOfUxU;
    stored[2] = prefix;
    EXPECT_TRUE(Matches("U*U", stored)) << prefix;
    EXPECT_FALSE(Matches("U*V", stored)) << prefix;
  }
}

TEST(BcryptTest, EveryChangedDigestCharacterIsAMismatch) {
  for (size_t at = 29; at < 60; ++at) {
    std::string stored = kOfUxU;
    stored[at] = stored[at] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(Matches("U*U", stored)) << at;
  }
}

TEST(BcryptTest, ReadsSeventyTwoBytesAsTheOldSystemDid) {
  const std::string full = kSeventyTwo;
  EXPECT_TRUE(Matches(full, kOfSeventyTwo));
  EXPECT_TRUE(Matches(full + "chars after 72 are ignored", kOfSeventyTwo));
  EXPECT_TRUE(Matches(full + std::string(952, 'x'), kOfSeventyTwo));  // libcrypt refuses over 511
  EXPECT_FALSE(Matches(full.substr(0, 71), kOfSeventyTwo));
  EXPECT_FALSE(Matches(full.substr(0, 71) + "8", kOfSeventyTwo));
}

TEST(BcryptTest, ANulByteNeverMatches) {
  // Without this, "U*U", NUL, anything would log in.
  EXPECT_FALSE(Matches(absl::string_view("U*U\0", 4), kOfUxU));
  EXPECT_FALSE(Matches(absl::string_view("U*U\0tail", 8), kOfUxU));
  EXPECT_FALSE(Matches(std::string(kSeventyTwo) + '\0', kOfSeventyTwo));
}

TEST(BcryptTest, ASaltWithSpareBitsSetStillMatches) {
  // Some libraries wrote them; they do not enter the computation.
  std::string stored = kOfUxU;
  ASSERT_EQ(stored[28], '.');
  stored[28] = '/';
  EXPECT_TRUE(Matches("U*U", stored));
}

}  // namespace
}  // namespace signet::passwords

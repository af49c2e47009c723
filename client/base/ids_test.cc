#include "client/base/ids.h"

#include <set>
#include <type_traits>

#include <gtest/gtest.h>

#include "absl/hash/hash.h"

namespace signet::base {
namespace {

constexpr char kText[] = "01890a5d-ac96-774b-bcce-b302099a8057";

TEST(UuidTest, Version7CarriesTheMillisecondVersionAndVariant) {
  const absl::Time now = absl::FromUnixMillis(0x0123456789ab);
  const std::string text = Uuid::NewV7(now).ToString();
  EXPECT_EQ(text.substr(0, 15), "01234567-89ab-7");
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
}

TEST(UuidTest, NewOnesDifferWithinOneMillisecondAndSortByTime) {
  const absl::Time now = absl::FromUnixMillis(1'700'000'000'000);
  std::set<Uuid> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(Uuid::NewV7(now));
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_GT(Uuid::NewV7(now + absl::Milliseconds(1)), *ids.rbegin());
}

TEST(UuidTest, TextAndBytesRoundTrip) {
  const auto id = Uuid::FromString(kText);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->ToString(), kText);
  EXPECT_EQ(id->bytes().size(), 16u);
  EXPECT_EQ(Uuid::FromBytes(id->bytes()), id);
}

TEST(UuidTest, OnlyTheCanonicalSpellingIsRead) {
  for (const char* text : {
           "",
           "01890A5D-AC96-774B-BCCE-B302099A8057",    // upper case
           "01890a5dac96774bbcceb302099a8057",        // no dashes
           "{01890a5d-ac96-774b-bcce-b302099a8057}",  // braces
           "01890a5d-ac96-774b-bcce-b302099a805",     // short
           "01890a5d-ac96-774b-bcce-b302099a80571",   // long
           "01890a5d-ac96-774b-bcceb-302099a8057",    // dash moved
           "0189-a5d-ac96-774b-bcce-b302099a8057",    // dash for a digit
           " 1890a5d-ac96-774b-bcce-b302099a8057",
           "g1890a5d-ac96-774b-bcce-b302099a8057",
       }) {
    EXPECT_EQ(Uuid::FromString(text), std::nullopt) << text;
  }
  std::string with_nul = kText;
  with_nul[3] = '\0';
  EXPECT_EQ(Uuid::FromString(with_nul), std::nullopt);
}

TEST(UuidTest, OnlySixteenBytesAreAnId) {
  EXPECT_EQ(Uuid::FromBytes(std::string(15, 'a')), std::nullopt);
  EXPECT_EQ(Uuid::FromBytes(std::string(17, 'a')), std::nullopt);
  EXPECT_EQ(Uuid::FromBytes(""), std::nullopt);
}

TEST(UuidTest, TheNilIdIsTheDefaultAndSaysSo) {
  EXPECT_TRUE(Uuid().is_nil());
  EXPECT_EQ(Uuid().ToString(), "00000000-0000-0000-0000-000000000000");
  EXPECT_FALSE(Uuid::FromString(kText)->is_nil());
}

TEST(IdTest, AnIdOfOneKindIsNotOneOfAnother) {
  static_assert(!std::is_convertible_v<UserId, SessionId>);
  static_assert(!std::is_constructible_v<SessionId, UserId>);
  static_assert(!std::is_convertible_v<Uuid, UserId>);
  const auto user = UserId::FromString(kText);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->ToString(), kText);
  EXPECT_EQ(UserId::FromBytes(user->bytes()), user);
  EXPECT_EQ(UserId::FromString("x"), std::nullopt);
  EXPECT_EQ(UserId::FromBytes("x"), std::nullopt);
}

TEST(IdTest, EqualIdsHashAlike) {
  const auto a = TokenId::FromString(kText);
  const auto b = TokenId::FromString(kText);
  EXPECT_EQ(absl::HashOf(*a), absl::HashOf(*b));
  EXPECT_NE(absl::HashOf(*a), absl::HashOf(TokenId()));
}

}  // namespace
}  // namespace signet::base

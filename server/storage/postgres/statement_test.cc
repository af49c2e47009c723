#include "server/storage/postgres/statement.h"

#include <gmock/gmock.h>

#include "server/storage/postgres/rows.h"

namespace signet::storage {
namespace {

const absl::Time kTime = absl::FromUnixMicros(1'795'000'000'123'456);

TEST(ParamsTest, EveryTypeTakesTheFormThatPostgreSqlReads) {
  const auto id = *base::Uuid::FromString("01939b4e-0000-7000-8000-000000000001");
  Params params;
  params.Add("text").Add(int64_t{-7}).Add(kTime).Add(Bytea{"\x01\xff"}).Add(id).AddNull();
  params.Add(std::optional<int32_t>()).Add(std::optional<int32_t>(3));
  EXPECT_THAT(params.values(),
              testing::ElementsAre("text", "-7", "2026-11-18 11:06:40.123456+00", "\\x01ff",
                                   "01939b4e-0000-7000-8000-000000000001", std::nullopt,
                                   std::nullopt, "3"));
  EXPECT_TRUE(params.valid());
}

TEST(ParamsTest, ATextWithANulByteMakesThemInvalid) {
  Params params;
  params.AddArray({"fine", std::string("cut\0here", 8)});
  EXPECT_FALSE(params.valid());
}

TEST(TimestampTest, TimesRoundDownToMicrosecondsAndComeBack) {
  for (const absl::Time time : {kTime, absl::UnixEpoch(), kTime - absl::Hours(24 * 36500),
                                absl::InfinitePast(), absl::InfiniteFuture()}) {
    EXPECT_EQ(ParseTimestamp(TimestampText(time)), time);
  }
  EXPECT_EQ(ParseTimestamp(TimestampText(kTime + absl::Nanoseconds(999))), kTime);
}

TEST(TimestampTest, WhatIsNotUtcIsNotRead) {
  EXPECT_EQ(ParseTimestamp("2026-11-18 11:06:40+01"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("2026-11-18 11:06:40"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("yesterday"), std::nullopt);
}

TEST(ArrayTest, ElementsComeBackWhateverTheyHold) {
  const std::vector<std::string> elements = {"",   "a,b",  "\"quoted\"", "back\\slash",
                                             "{}", "NULL", " blank "};
  Params params;
  params.AddArray(elements);
  EXPECT_EQ(ParseTextArray(*params.values()[0]), elements);
}

TEST(ArrayTest, AnEmptyArrayIsEmptyAndAUsedOneStartsAgain) {
  ArrayText array;
  EXPECT_EQ(array.Take(), "{}");
  array.Append(int64_t{1});
  array.Append(int64_t{2});
  EXPECT_EQ(array.Take(), "{1,2}");
  array.Append(Bytea{"\x0a"});
  EXPECT_EQ(array.Take(), "{\"\\\\x0a\"}");
}

TEST(ArrayTest, WhatIsNoArrayIsNotRead) {
  for (const char* text : {"", "{", "a,b", "{\"open}"}) {
    EXPECT_EQ(ParseTextArray(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace signet::storage

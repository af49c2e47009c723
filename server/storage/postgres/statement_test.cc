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

// Written and read by hand in the usual years: compared with Abseil, beyond them too.
TEST(TimestampTest, EveryKindOfTimeIsWrittenAsAbseilWouldAndComesBack) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  std::vector<absl::Time> times;
  for (const int64_t year : {1, 999, 1000, 1600, 1969, 1970, 2000, 2026, 9999, 10000}) {
    for (const auto civil : {absl::CivilSecond(year, 1, 1), absl::CivilSecond(year, 2, 29, 7, 8, 9),
                             absl::CivilSecond(year, 12, 31, 23, 59, 59)}) {
      times.push_back(absl::FromCivil(civil, utc));
      times.push_back(times.back() + absl::Microseconds(1));
      times.push_back(times.back() + absl::Microseconds(999'998));
    }
  }
  for (const absl::Time time : times) {
    const std::string text = TimestampText(time);
    EXPECT_EQ(text, absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, utc));
    EXPECT_EQ(ParseTimestamp(text), time) << text;
  }
  EXPECT_EQ(
      ParseTimestamp("2026-11-18 11:06:40.1+00"),
      absl::FromCivil(absl::CivilSecond(2026, 11, 18, 11, 6, 40), utc) + absl::Milliseconds(100));
}

TEST(TimestampTest, WhatIsNoTimeIsNotRead) {
  for (const char* text :
       {"2026-13-01 00:00:00+00", "2026-02-30 00:00:00+00", "2026-11-18 24:00:00+00",
        "2026-11-18 11:06:40.+00", "2026-11-18T11:06:40+00", "2o26-11-18 11:06:40+00", "+00"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
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

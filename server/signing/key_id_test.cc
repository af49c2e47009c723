#include "server/signing/key_id.h"

#include <gtest/gtest.h>

namespace signet::signing {
namespace {

const absl::Time kNovember = absl::FromCivil(absl::CivilSecond(2026, 11, 21), absl::UTCTimeZone());

//
TEST(KeyIdTest, TheFirstKeyOfAMonthIsA) { EXPECT_EQ(NextKeyId({}, kNovember), "2026-11-a"); }

TEST(KeyIdTest, TheNextFollowsTheLastOfTheMonthInAnyOrder) {
  EXPECT_EQ(NextKeyId({"2026-11-c", "2026-11-a", "2026-10-x"}, kNovember), "2026-11-d");
}

TEST(KeyIdTest, AfterZComesAa) {
  EXPECT_EQ(NextKeyId({"2026-11-z"}, kNovember), "2026-11-aa");
  EXPECT_EQ(NextKeyId({"2026-11-z", "2026-11-az"}, kNovember), "2026-11-ba");
}

TEST(KeyIdTest, NamesOfAnotherFormAreIgnored) {
  EXPECT_EQ(NextKeyId({"2026-11-", "2026-11-A", "2026-11-7", "2026-11-zzzzz", "k"}, kNovember),
            "2026-11-a");
}

TEST(KeyIdTest, TheMonthIsThatOfUtc) {
  const absl::Time last_second =
      absl::FromCivil(absl::CivilSecond(2026, 12, 1), absl::UTCTimeZone()) - absl::Seconds(1);
  EXPECT_EQ(NextKeyId({}, last_second), "2026-11-a");
  EXPECT_EQ(NextKeyId({}, last_second + absl::Seconds(1)), "2026-12-a");
}

TEST(KeyIdTest, LettersAndPlacesAreEachOthersInverse) {
  for (int place = 1; place < 3000; ++place) {
    EXPECT_EQ(KeyLettersPlace(KeyLettersAt(place)), place);
  }
}

}  // namespace
}  // namespace signet::signing

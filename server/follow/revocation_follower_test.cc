#include "server/follow/revocation_follower.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/fake_clock.h"
#include "server/follow/fake_revocation_log.h"

namespace signet::follow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using token::RevocationKind;
using token::RevocationSet;

const absl::Time kFollowedFrom = absl::FromUnixSeconds(1'800'000'000);

class RevocationFollowerTest : public ::testing::Test {
 protected:
  void RevokeToken(const std::string& token_id, absl::Duration lives = absl::Minutes(15)) {
    token::RevocationRecord record;
    record.kind = RevocationKind::kToken;
    record.subject = token_id;
    record.recorded_at = clock_.Now();
    record.expires_at = clock_.Now() + lives;
    ASSERT_TRUE(log_.Append(record).ok());
  }

  bool IsRevoked(const std::string& token_id) const {
    token::AccessTokenClaims claims;
    claims.token_id = token_id;
    claims.issued_at = kFollowedFrom;
    claims.expires_at = kFollowedFrom + absl::Hours(10);
    return revocations_.Read().Find(claims, "2026-11-a").has_value();
  }

  base::FakeClock clock_{kFollowedFrom};
  FakeRevocationLog log_;
  RecordingObserver observer_;
  base::Snapshot<RevocationSet> revocations_{std::make_shared<RevocationSet>()};
  KeptRevocations kept_;
  RevocationFollower follower_{log_, clock_, revocations_, kept_, observer_, /*page_size=*/3};
};

TEST_F(RevocationFollowerTest, KnowsNothingAsOfEverBeforeItsFirstRead) {
  EXPECT_EQ(revocations_.Read().as_of(), absl::InfinitePast());
}

TEST_F(RevocationFollowerTest, AnEmptyLogIsCurrentAsOfTheRead) {
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_EQ(revocations_.Read().as_of(), kFollowedFrom);
  EXPECT_THAT(observer_.report().currents, ElementsAre(0));
}

//
TEST_F(RevocationFollowerTest, ReadsALongBacklogPageByPageToItsEnd) {
  for (int i = 0; i < 10; ++i) RevokeToken(absl::StrCat("t", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(IsRevoked(absl::StrCat("t", i))) << i;
  EXPECT_EQ(revocations_.Read().sequence(), 10);
  EXPECT_EQ(log_.reads(), 4);
}

TEST_F(RevocationFollowerTest, AFullLastPageIsFollowedByOneMoreRead) {
  for (int i = 0; i < 3; ++i) RevokeToken(absl::StrCat("t", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_EQ(log_.reads(), 2);
  EXPECT_THAT(observer_.report().currents, ElementsAre(3));
}

TEST_F(RevocationFollowerTest, AppliesWhatCameWhileNobodyNotified) {
  RevokeToken("before");
  ASSERT_TRUE(follower_.CatchUp().ok());
  for (int i = 0; i < 7; ++i) RevokeToken(absl::StrCat("lost", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(IsRevoked(absl::StrCat("lost", i))) << i;
  EXPECT_TRUE(IsRevoked("before"));
  EXPECT_THAT(observer_.report().currents, ElementsAre(1, 8));
}

TEST_F(RevocationFollowerTest, ReportsTheLagOfNewRecordsButNotOfTheBacklog) {
  RevokeToken("old");
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_THAT(observer_.report().lags, IsEmpty());

  RevokeToken("new");
  clock_.Advance(absl::Milliseconds(70));
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_THAT(observer_.report().lags, ElementsAre(absl::Milliseconds(70)));
}

// Two machines' clocks differ: a record "from the future" has lag zero, not a negative one.
TEST_F(RevocationFollowerTest, ALagIsNeverNegative) {
  ASSERT_TRUE(follower_.CatchUp().ok());
  clock_.Advance(absl::Seconds(2));
  RevokeToken("t");
  clock_.Advance(-absl::Seconds(2));
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_THAT(observer_.report().lags, ElementsAre(absl::ZeroDuration()));
}

TEST_F(RevocationFollowerTest, KeepsWhatItHasAndItsAgeWhileTheDatabaseIsGone) {
  RevokeToken("t");
  ASSERT_TRUE(follower_.CatchUp().ok());
  clock_.Advance(absl::Seconds(40));
  log_.AnswerOnly(0);
  EXPECT_EQ(follower_.CatchUp().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(IsRevoked("t"));
  EXPECT_EQ(revocations_.Read().as_of(), kFollowedFrom);

  log_.AnswerOnly(-1);
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_EQ(revocations_.Read().as_of(), kFollowedFrom + absl::Seconds(40));
}

TEST_F(RevocationFollowerTest, ARunThatBreaksOffInTheMiddleAppliesItsPagesAndGoesOnFromThere) {
  ASSERT_TRUE(follower_.CatchUp().ok());
  for (int i = 0; i < 8; ++i) RevokeToken(absl::StrCat("t", i));
  clock_.Advance(absl::Seconds(1));
  log_.AnswerOnly(2);
  EXPECT_FALSE(follower_.CatchUp().ok());
  EXPECT_TRUE(IsRevoked("t5"));
  EXPECT_FALSE(IsRevoked("t6"));
  EXPECT_EQ(revocations_.Read().as_of(), kFollowedFrom);

  log_.AnswerOnly(1);
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_TRUE(IsRevoked("t7"));
  EXPECT_EQ(revocations_.Read().as_of(), kFollowedFrom + absl::Seconds(1));
}

TEST_F(RevocationFollowerTest, DoesNotReadAnExpiredTailAgainAndAgain) {
  RevokeToken("alive");
  RevokeToken("dead", absl::Seconds(1));
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_THAT(observer_.report().currents, ElementsAre(2));
}

// A restored backup gives the sequences 3, 4, … out again, to other records.: what was
// in force stays, and is written back.
TEST_F(RevocationFollowerTest, WhatTheLogHasLostStaysInForceAndIsWrittenBack) {
  for (int i = 0; i < 5; ++i) RevokeToken(absl::StrCat("t", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  log_.RestoreTo(2);
  RevokeToken("other");
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_THAT(observer_.report().rewinds, ElementsAre(Pair(5, 3)));
  EXPECT_EQ(observer_.report().restored, 3);
  for (const char* token : {"t0", "t1", "t2", "t3", "t4", "other"}) {
    EXPECT_TRUE(IsRevoked(token)) << token;
  }
  EXPECT_EQ(revocations_.Read().sequence(), 6);
  EXPECT_EQ(log_.ReadAfter(0, kFollowedFrom, 100)->records.size(), 6u);
}

// An asynchronous standby is promoted, and others revoke before this process looks: its place in
// the log is there again, and holds another record.
TEST_F(RevocationFollowerTest, NumbersThatWereGivenOutAgainAreNoticed) {
  for (int i = 0; i < 5; ++i) RevokeToken(absl::StrCat("t", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  log_.RestoreTo(2);
  clock_.Advance(absl::Seconds(1));
  for (int i = 0; i < 7; ++i) RevokeToken(absl::StrCat("new", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_THAT(observer_.report().rewinds, ElementsAre(Pair(5, 9)));
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(IsRevoked(absl::StrCat("new", i))) << i;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(IsRevoked(absl::StrCat("t", i))) << i;
}

// The same, when nothing that was applied is in force any more.
TEST_F(RevocationFollowerTest, AnExpiredPlaceIsRecognizedToo) {
  for (int i = 0; i < 3; ++i) RevokeToken(absl::StrCat("t", i));
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(follower_.CatchUp().ok());
  log_.RestoreTo(1);
  for (int i = 0; i < 4; ++i) RevokeToken(absl::StrCat("new", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(IsRevoked(absl::StrCat("new", i))) << i;
  EXPECT_EQ(observer_.report().restored, 0);
}

TEST_F(RevocationFollowerTest, AfterARewindTheOldSetStandsUntilTheNewOneIsWhole) {
  for (int i = 0; i < 9; ++i) RevokeToken(absl::StrCat("t", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  log_.RestoreTo(7);
  log_.AnswerOnly(2);  // the read that finds the rewind, and one page
  EXPECT_FALSE(follower_.CatchUp().ok());
  EXPECT_TRUE(IsRevoked("t8"));
  EXPECT_TRUE(IsRevoked("t5"));

  log_.AnswerOnly(-1);
  log_.ReadOnly(true);
  EXPECT_FALSE(follower_.CatchUp().ok());
  EXPECT_TRUE(IsRevoked("t8"));

  log_.RestoreTo(6);  // and lost more meanwhile
  log_.ReadOnly(false);
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_EQ(revocations_.Read().sequence(), 9);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(IsRevoked(absl::StrCat("t", i))) << i;
}

TEST_F(RevocationFollowerTest, WhatExpiredMeanwhileIsNotWrittenBack) {
  for (int i = 0; i < 3; ++i) RevokeToken(absl::StrCat("t", i));
  ASSERT_TRUE(follower_.CatchUp().ok());
  log_.RestoreTo(0);
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_EQ(observer_.report().restored, 0);
  EXPECT_EQ(revocations_.Read().sequence(), 0);
}

}  // namespace
}  // namespace signet::follow

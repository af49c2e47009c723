#include "server/domain/sessions/session_activity.h"

#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

constexpr absl::Duration kIdle = absl::Minutes(15);

class SessionActivityTest : public UseCaseTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Register("ada@example.com").ok());
    wanted_ = WantedCredential::kSessionToken;
    token_ = std::string(Enter().session->token.reveal());
    opened_ = clock_.Now();
  }

  // As another replica comes to know the session.
  std::shared_ptr<HeldSession> Held() {
    const PresentedSession presented = SessionToken::Parse(token_)->ToPresented();
    const auto view = *session_tokens_.Find(absl::MakeConstSpan(&presented, 1))->front();
    return std::shared_ptr<HeldSession>(
        new HeldSession{presented.user_id, presented.session_id, "web", view.created_at,
                        view.expires_at, base::Secret(), absl::InfiniteFuture(),
                        base::AtomicTime(view.last_used_at), base::AtomicTime(view.recorded_at)});
  }
  absl::Time LastUse() { return Held()->last_used_at.Get(); }

  std::string token_;
  absl::Time opened_;
  SessionActivity here_{session_tokens_, kIdle};
  SessionActivity there_{session_tokens_, kIdle};
};

// one write a minute and session, and yet the time of the last use.
TEST_F(SessionActivityTest, WritesOnceAMinuteAndKeepsTheTimeOfTheLastUse) {
  const auto session = Held();
  // A use every 7 seconds for 10 minutes, flushed every second.
  absl::Time last = opened_;
  for (int second = 1; second <= 600; ++second) {
    clock_.Advance(absl::Seconds(1));
    if (second % 7 == 0) here_.Note(session, last = clock_.Now());
    ASSERT_TRUE(here_.Flush(clock_.Now()).ok());
  }
  EXPECT_LE(session_tokens_.written(), 10);
  EXPECT_GE(session_tokens_.written(), 9);
  // The last uses are written when their minute is over, with their own time.
  for (int second = 0; second < 60; ++second) {
    clock_.Advance(absl::Seconds(1));
    ASSERT_TRUE(here_.Flush(clock_.Now()).ok());
  }
  EXPECT_EQ(LastUse(), last);
  EXPECT_EQ(here_.waiting(), 0u);
}

TEST_F(SessionActivityTest, WritesAUseAtOnceWhereThereWasNoneForAMinute) {
  const auto session = Held();
  clock_.Advance(absl::Seconds(60));
  here_.Note(session, clock_.Now());
  EXPECT_EQ(here_.Flush(clock_.Now()).value(), 1);
  EXPECT_EQ(LastUse(), clock_.Now());
}

// two replicas together write once a minute, too, and both uses get there.
TEST_F(SessionActivityTest, TwoReplicasTogetherWriteOnceAMinute) {
  const auto mine = Held();
  const auto theirs = Held();
  for (int second = 1; second <= 300; ++second) {
    clock_.Advance(absl::Seconds(1));
    here_.Note(mine, clock_.Now());
    there_.Note(theirs, clock_.Now());
    ASSERT_TRUE(here_.Flush(clock_.Now()).ok());
    ASSERT_TRUE(there_.Flush(clock_.Now()).ok());
  }
  const absl::Time last = clock_.Now();
  EXPECT_LE(session_tokens_.written(), 5);
  for (int second = 0; second < 120; ++second) {
    clock_.Advance(absl::Seconds(1));
    ASSERT_TRUE(there_.Flush(clock_.Now()).ok());
    ASSERT_TRUE(here_.Flush(clock_.Now()).ok());
  }
  EXPECT_EQ(LastUse(), last);
  EXPECT_EQ(here_.waiting() + there_.waiting(), 0u);
}

// Until the minute is over nothing is asked of the database.
TEST_F(SessionActivityTest, AUseWithinTheMinuteCostsNoStatement) {
  const auto session = Held();
  clock_.Advance(absl::Seconds(60));
  here_.Note(session, clock_.Now());
  ASSERT_EQ(here_.Flush(clock_.Now()).value(), 1);
  clock_.Advance(absl::Seconds(1));
  here_.Note(session, clock_.Now());
  clock_.Advance(absl::Seconds(58));
  database_.SetAvailable(false);
  EXPECT_EQ(here_.Flush(clock_.Now()).value(), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(here_.Flush(clock_.Now()).ok());
}

// also where it believed that the minute was its own.
TEST_F(SessionActivityTest, WhoCameSecondWritesItsUseAMinuteLater) {
  const auto mine = Held();
  const auto theirs = Held();
  clock_.Advance(absl::Seconds(60));
  here_.Note(mine, clock_.Now());
  ASSERT_EQ(here_.Flush(clock_.Now()).value(), 1);
  clock_.Advance(absl::Seconds(1));
  const absl::Time last = clock_.Now();
  there_.Note(theirs, last);
  EXPECT_EQ(there_.Flush(clock_.Now()).value(), 0);
  EXPECT_EQ(there_.waiting(), 1u);
  clock_.Advance(absl::Seconds(59));
  EXPECT_EQ(there_.Flush(clock_.Now()).value(), 1);
  EXPECT_EQ(LastUse(), last);
}

TEST_F(SessionActivityTest, WhatCannotBeWrittenIsWrittenLater) {
  const auto session = Held();
  clock_.Advance(absl::Minutes(2));
  const absl::Time used = clock_.Now();
  here_.Note(session, used);
  database_.SetAvailable(false);
  EXPECT_FALSE(here_.Flush(clock_.Now()).ok());
  database_.SetAvailable(true);
  EXPECT_EQ(here_.Flush(clock_.Now()).value(), 0) << "not in the same breath";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(here_.Flush(clock_.Now()).value(), 1);
  EXPECT_EQ(LastUse(), used);
}

// a server that is shut down loses no use.
TEST_F(SessionActivityTest, AtItsEndAProcessWritesWhatStillWaits) {
  const auto session = Held();
  clock_.Advance(absl::Seconds(20));
  here_.Note(session, clock_.Now());
  EXPECT_EQ(here_.Flush(clock_.Now()).value(), 0) << "was written when it was opened";
  EXPECT_EQ(here_.FlushAll(clock_.Now()).value(), 1);
  EXPECT_EQ(LastUse(), clock_.Now());
}

// A use that is late must not give a dead session its life back.
TEST_F(SessionActivityTest, AnEndedOrIdleSessionIsNotWritten) {
  const auto session = Held();
  clock_.Advance(kIdle);
  here_.Note(session, clock_.Now());
  EXPECT_EQ(here_.Flush(clock_.Now()).value(), 0);
  EXPECT_EQ(here_.waiting(), 0u);

  const auto ended = Held();
  ASSERT_TRUE(sessions_
                  .End(ended->user_id, ended->session_id, EndReason::kLogout, Peer(), clock_.Now(),
                       clock_.Now(), std::nullopt, AuditRecord())
                  .ok());
  here_.Note(ended, clock_.Now());
  EXPECT_EQ(here_.Flush(clock_.Now()).value(), 0);
  EXPECT_EQ(LastUse(), opened_);
}

}  // namespace
}  // namespace signet::domain

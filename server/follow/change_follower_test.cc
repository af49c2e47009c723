#include "server/follow/change_follower.h"

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/fake_clock.h"
#include "server/follow/fake_revocation_log.h"

namespace signet::follow {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// A feed that the test drives. Wait() ends when the test says so, never by time, so that a test
// knows in which state the thread is.
class DrivenFeed final : public domain::ChangeFeed {
 public:
  absl::Status Wait(absl::Duration /*timeout*/) override {
    base::MutexLock lock(mutex_);
    ++waits_;
    changed_.NotifyAll();
    while (results_.empty() && !interrupted_) changed_.Wait(mutex_);
    if (interrupted_) {
      interrupted_ = false;
      return absl::OkStatus();
    }
    const absl::Status result = results_.front();
    results_.pop_front();
    return result;
  }
  void Interrupt() override {
    base::MutexLock lock(mutex_);
    interrupted_ = true;
    changed_.NotifyAll();
  }

  // Lets one Wait() return this.
  void Return(absl::Status result) {
    base::MutexLock lock(mutex_);
    results_.push_back(std::move(result));
    changed_.NotifyAll();
  }
  // Blocks until Wait() was entered `count` times: `count` rounds are then complete.
  void AwaitRounds(int count) {
    base::MutexLock lock(mutex_);
    while (waits_ < count) changed_.Wait(mutex_);
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  std::deque<absl::Status> results_ ABSL_GUARDED_BY(mutex_);
  int waits_ ABSL_GUARDED_BY(mutex_) = 0;
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
};

class ChangeFollowerTest : public ::testing::Test {
 protected:
  static ChangeFollower::Options ShortPauses() {
    ChangeFollower::Options options;
    options.retry_first = absl::Microseconds(10);
    options.retry_longest = absl::Microseconds(100);
    return options;
  }

  void RevokeSession(const std::string& session_id) {
    token::RevocationRecord record;
    record.kind = token::RevocationKind::kSession;
    record.subject = session_id;
    record.recorded_at = kStart;
    record.expires_at = kStart + absl::Minutes(15);
    ASSERT_TRUE(log_.Append(record).ok());
  }

  bool IsRevoked(const std::string& session_id) const {
    token::AccessTokenClaims claims;
    claims.session_id = session_id;
    claims.issued_at = kStart;
    claims.expires_at = kStart + absl::Minutes(15);
    return revocations_.Read().Find(claims, "2026-11-a").has_value();
  }

  base::FakeClock clock_{kStart};
  FakeRevocationLog log_;
  RecordingObserver observer_;
  DrivenFeed feed_;
  std::atomic<int> key_reloads_{0};
  std::atomic<bool> keys_fail_{false};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<token::RevocationSet>()};
  KeptRevocations kept_;
  RevocationFollower revocation_follower_{log_, clock_, revocations_, kept_, observer_};
  ChangeFollower follower_{ShortPauses(), feed_, revocation_follower_,
                           [this]() -> absl::Status {
                             ++key_reloads_;
                             if (keys_fail_) return absl::InternalError("kid 2026-11-a");
                             return absl::OkStatus();
                           },
                           observer_};
};

TEST_F(ChangeFollowerTest, CatchUpBeforeStartReadsTheWholeLog) {
  RevokeSession("s1");
  ASSERT_TRUE(follower_.CatchUp().ok());
  EXPECT_TRUE(IsRevoked("s1"));
  EXPECT_EQ(key_reloads_, 1);
}

//
TEST_F(ChangeFollowerTest, EveryWakeUpAppliesWhatChanged) {
  follower_.Start();
  feed_.AwaitRounds(1);
  RevokeSession("s1");
  feed_.Return(absl::OkStatus());
  feed_.AwaitRounds(2);
  EXPECT_TRUE(IsRevoked("s1"));
  EXPECT_EQ(key_reloads_, 2);
}

TEST_F(ChangeFollowerTest, OneWakeUpIsEnoughForManyChanges) {
  follower_.Start();
  feed_.AwaitRounds(1);
  for (int i = 0; i < 100; ++i) RevokeSession(absl::StrCat("s", i));
  feed_.Return(absl::OkStatus());
  feed_.AwaitRounds(2);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(IsRevoked(absl::StrCat("s", i))) << i;
}

TEST_F(ChangeFollowerTest, ABrokenFeedDoesNotStopReading) {
  follower_.Start();
  feed_.AwaitRounds(1);
  RevokeSession("s1");
  feed_.Return(absl::UnavailableError("connection lost"));
  feed_.AwaitRounds(2);
  EXPECT_TRUE(IsRevoked("s1"));
  EXPECT_THAT(observer_.report().failures, Contains(Source::kFeed));
}

TEST_F(ChangeFollowerTest, ReturnsByItselfWhenTheDatabaseIsBack) {
  follower_.Start();
  feed_.AwaitRounds(1);
  log_.AnswerOnly(0);
  for (int i = 0; i < 20; ++i) feed_.Return(absl::UnavailableError("connection refused"));
  feed_.AwaitRounds(21);
  RevokeSession("s1");
  EXPECT_FALSE(IsRevoked("s1"));

  log_.AnswerOnly(-1);
  feed_.Return(absl::OkStatus());
  feed_.AwaitRounds(22);
  EXPECT_TRUE(IsRevoked("s1"));
}

TEST_F(ChangeFollowerTest, AKeyThatCannotBeOpenedDoesNotHoldBackRevocations) {
  keys_fail_ = true;
  RevokeSession("s1");
  follower_.Start();
  feed_.AwaitRounds(1);
  EXPECT_TRUE(IsRevoked("s1"));
  EXPECT_THAT(observer_.report().failures, Each(Source::kKeys));
}

TEST_F(ChangeFollowerTest, UnreadableRevocationsDoNotHoldBackKeys) {
  log_.AnswerOnly(0);
  follower_.Start();
  feed_.AwaitRounds(1);
  EXPECT_EQ(key_reloads_, 1);
  EXPECT_THAT(observer_.report().failures, Each(Source::kRevocations));
}

TEST_F(ChangeFollowerTest, StopEndsAWaitAndMayBeRepeated) {
  follower_.Start();
  feed_.AwaitRounds(1);
  follower_.Stop();
  follower_.Stop();
  EXPECT_EQ(key_reloads_, 1);
}

TEST_F(ChangeFollowerTest, StopEndsAPauseOfAnyLength) {
  ChangeFollower::Options options;
  options.retry_first = absl::Hours(1);
  options.retry_longest = absl::Hours(1);
  ChangeFollower patient(
      options, feed_, revocation_follower_, [] { return absl::OkStatus(); }, observer_);
  patient.Start();
  feed_.AwaitRounds(1);
  feed_.Return(absl::UnavailableError("connection lost"));
  while (observer_.report().failures.empty()) std::this_thread::yield();
  patient.Stop();
  EXPECT_THAT(observer_.report().failures, SizeIs(1));
}

TEST_F(ChangeFollowerTest, StopWithoutStartIsHarmless) { follower_.Stop(); }

// Readers on other threads see each set whole: with s<n> every earlier one is there too (the log
// is gapless and applied in order).
TEST_F(ChangeFollowerTest, ReadersNeverSeeALaterRevocationWithoutTheEarlierOnes) {
  constexpr int kRevocations = 300;
  follower_.Start();
  std::atomic<bool> gap{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      for (int newest = 0; newest < kRevocations && !gap;) {
        if (!IsRevoked(absl::StrCat("s", newest))) continue;
        for (int i = 0; i <= newest; ++i) gap = gap || !IsRevoked(absl::StrCat("s", i));
        ++newest;
      }
    });
  }
  for (int i = 0; i < kRevocations; ++i) {
    RevokeSession(absl::StrCat("s", i));
    feed_.Return(absl::OkStatus());
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_FALSE(gap);
}

}  // namespace
}  // namespace signet::follow

#include "server/limits/waiting_line.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "client/base/error.h"
#include "client/base/fake_clock.h"

namespace signet::limits {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class WaitingLineTest : public testing::Test {
 protected:
  base::FakeClock clock_{kNow};
  const base::Uuid ada_ = base::Uuid::NewV7(kNow);
};

//
TEST(AskAgainAfterTest, HoweverManyWaitTogetherTheyAskAHundredTimesASecond) {
  EXPECT_EQ(AskAgainAfter(absl::Milliseconds(40), 1), absl::Milliseconds(40));
  EXPECT_EQ(AskAgainAfter(absl::Milliseconds(40), 4), absl::Milliseconds(40));
  EXPECT_EQ(AskAgainAfter(absl::Milliseconds(40), 64), absl::Milliseconds(640));
}

TEST_F(WaitingLineTest, SomebodyWhoEndsWakesSomebodyWhoWaits) {
  WaitingLine line({.most = 1, .ask_again = absl::Hours(1)}, clock_);
  std::thread waiting([&] { EXPECT_TRUE(line.AwaitTurn(ada_, absl::InfiniteFuture()).ok()); });
  // Until the other one waits, the line has room.
  while (line.AwaitTurn(base::Uuid(), kNow).ok()) std::this_thread::yield();
  std::atomic<bool> over{false};
  std::thread ending([&] {
    while (!over) {
      line.Ended(ada_);
      std::this_thread::yield();
    }
  });
  waiting.join();
  over = true;
  ending.join();
}

TEST_F(WaitingLineTest, NobodyWaitsBeyondTheDeadline) {
  WaitingLine line({}, clock_);
  EXPECT_EQ(base::ErrorReason(line.AwaitTurn(ada_, kNow)), "OVERLOADED");
}

TEST_F(WaitingLineTest, ATurnIsAskedForAgainWhenNobodyEnds) {
  WaitingLine line({.ask_again = absl::Milliseconds(1)}, clock_);
  EXPECT_TRUE(line.AwaitTurn(ada_, absl::InfiniteFuture()).ok());
}

// those who wait hold workers.
TEST_F(WaitingLineTest, NoMoreWaitThanThereIsRoomFor) {
  WaitingLine line({.most = 0}, clock_);
  const absl::Status refused = line.AwaitTurn(ada_, absl::InfiniteFuture());
  EXPECT_EQ(base::ErrorReason(refused), "OVERLOADED");
  EXPECT_TRUE(base::RetryAfter(refused));
}

}  // namespace
}  // namespace signet::limits

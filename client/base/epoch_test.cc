#include "client/base/epoch.h"

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace signet::base {
namespace {

bool IsSeen(uint64_t stamp) { return stamp >= Epoch::OldestReader(); }

// A thread that opens sections and ends them when it is told to.
class OtherReader {
 public:
  OtherReader() : thread_([this] { Run(); }) {}
  ~OtherReader() {
    Tell(kEnd);
    thread_.join();
  }
  void Open() { Tell(kOpen); }
  void Close() { Tell(kClose); }

 private:
  enum Order { kNone, kOpen, kClose, kEnd };

  void Tell(Order order) {
    order_ = order;
    order_.notify_all();
    for (Order now = order; now != kNone; now = order_) order_.wait(now);
  }

  void Run() {
    std::optional<ReadSection> section;
    for (Order order = kNone; order != kEnd;) {
      order_.wait(kNone);
      order = order_;
      if (order == kOpen) section.emplace();
      if (order == kClose) section.reset();
      order_ = kNone;
      order_.notify_all();
    }
  }

  std::atomic<Order> order_{kNone};
  std::thread thread_;
};

TEST(Epoch, WhatNobodyReadsIsSeenByNobody) { EXPECT_FALSE(IsSeen(Epoch::Retire())); }

TEST(Epoch, ASectionSeesWhatIsRetiredUntilItEnds) {
  OtherReader reader;
  reader.Open();
  const uint64_t first = Epoch::Retire();
  const uint64_t second = Epoch::Retire();
  EXPECT_TRUE(IsSeen(first));
  EXPECT_TRUE(IsSeen(second));
  reader.Close();
  EXPECT_FALSE(IsSeen(first));
  EXPECT_FALSE(IsSeen(second));
}

TEST(Epoch, ASectionThatBeganLaterSeesNothingOfIt) {
  OtherReader earlier;
  OtherReader later;
  earlier.Open();
  const uint64_t stamp = Epoch::Retire();
  later.Open();
  earlier.Close();
  EXPECT_FALSE(IsSeen(stamp));
  EXPECT_TRUE(IsSeen(Epoch::Retire()));
}

TEST(Epoch, TheInnerOfTwoSectionsEndsNothing) {
  uint64_t stamp = 0;
  {
    const ReadSection outer;
    { const ReadSection inner; }
    stamp = Epoch::Retire();
    EXPECT_TRUE(IsSeen(stamp));
  }
  EXPECT_FALSE(IsSeen(stamp));
}

TEST(Epoch, AThreadThatEndedHoldsNothingBack) {
  for (int i = 0; i < 3; ++i) {
    std::thread([] { const ReadSection section; }).join();
    EXPECT_FALSE(IsSeen(Epoch::Retire()));
  }
}

TEST(Epoch, ThreadsThatLiveHaveNumbersOfTheirOwn) {
  const auto number_of_another = [] {
    uint32_t number = 0;
    std::thread([&number] { number = ReadSection().reader(); }).join();
    return number;
  };
  const uint32_t ours = ReadSection().reader();
  const uint32_t other = number_of_another();
  EXPECT_NE(other, ours);
  EXPECT_EQ(number_of_another(), other) << "used again";
  EXPECT_EQ(ReadSection().reader(), ours);
}

// Under the sanitizers a use after the freeing ends this.
TEST(Epoch, NothingIsFreedUnderItsReaders) {
  struct Thing {
    explicit Thing(int n) : a(n), b(n) {}
    int a, b;
  };
  std::atomic<Thing*> link{new Thing(0)};
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        const ReadSection section;
        const Thing* thing = link.load();
        if (thing->a != thing->b) ++torn;
      }
    });
  }
  std::deque<std::pair<uint64_t, std::unique_ptr<Thing>>> retired;
  size_t freed = 0;
  for (int i = 1; i <= 20000 || freed == 0; ++i) {
    std::unique_ptr<Thing> old(link.exchange(new Thing(i)));
    retired.emplace_back(Epoch::Retire(), std::move(old));
    while (!retired.empty() && !IsSeen(retired.front().first)) {
      retired.pop_front();
      ++freed;
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  delete link.load();
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace signet::base
